using System.Globalization;
using System.Text;
using Hatcheck.Crypto;

namespace Hatcheck.Ids.Values;

/// <summary>The blind index of the id, as the bot computes it.</summary>
internal sealed class HashReplacement(BlindIndexKey key) : IReplacement
{
    private const string Proof = "hatcheck ids key check v1";

    public string Kind => ReplacementKind.Hash.Name;

    public int Scheme => key.Scheme;

    public byte[] Prove(byte[] nonce)
    {
        using var bytes = key.CopyKey();
        // No id starts with a letter, so under scheme 0 this is not the hash of any id.
        return Mac.HmacSha256(bytes.Reveal(), [.. Encoding.ASCII.GetBytes($"{Proof} {key.Scheme} "), .. nonce]);
    }

    public string? Refuse(long id) => null;

    public ValueTask ComputeAsync(ReadOnlyMemory<long> ids, Memory<string> replacements, CancellationToken cancellation)
    {
        var from = ids.Span;
        var to = replacements.Span;
        for (var i = 0; i < from.Length; i++)
            to[i] = key.Compute("telegram", from[i] < 0 ? "chat" : "user", from[i].ToString(CultureInfo.InvariantCulture));
        return ValueTask.CompletedTask;
    }
}
