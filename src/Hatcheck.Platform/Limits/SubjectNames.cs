using System.Buffers.Binary;
using System.Text;
using Hatcheck.Crypto;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Limits;

/// <summary>
/// Names of subjects in tables and logs: HMAC-SHA256 (128 bits of it) under a key of the installation, stored wrapped by
/// the KEK. A plain or unkeyed hash of an address could be found by trying every address.
/// </summary>
internal sealed class SubjectNames(IEngine engine, IKeyEncryptionKey kek) : IDisposable
{
    private const string Purpose = "subject";
    private const string Query = "select kek_id, wrapped from subject_key";
    private const string Claim = "insert into subject_key (one, kek_id, wrapped) values (1, $1, $2) on conflict do nothing";
    private static readonly WrapContext Context = new(Guid.Empty, Guid.Empty, Purpose, 1);
    private readonly SemaphoreSlim loading = new(1, 1);
    private volatile SecretBytes? key;

    /// <summary>Returns 32 lowercase hexadecimal characters; the same on every node.</summary>
    public async ValueTask<string> NameAsync(string policy, LimitSubject subject, CancellationToken cancellation)
    {
        var mac = Mac.HmacSha256((key ?? await LoadAsync(cancellation)).Reveal(), Input(policy, subject));
        return Convert.ToHexStringLower(mac.AsSpan(0, 16));
    }

    public void Dispose()
    {
        key?.Dispose();
        loading.Dispose();
    }

    private static byte[] Input(string policy, LimitSubject subject)
    {
        var label = Encoding.ASCII.GetBytes(policy);
        var input = new byte[1 + label.Length + 32];
        input[0] = (byte)label.Length;
        label.CopyTo(input, 1);
        subject.Tenant.TryWriteBytes(input.AsSpan(1 + label.Length), bigEndian: true, out _);
        BinaryPrimitives.WriteUInt128BigEndian(input.AsSpan(17 + label.Length), subject.Value);
        return input;
    }

    private async Task<SecretBytes> LoadAsync(CancellationToken cancellation)
    {
        await loading.WaitAsync(cancellation);
        try
        {
            return key ??= await FindAsync(cancellation) ?? await MakeAsync(cancellation);
        }
        finally
        {
            loading.Release();
        }
    }

    private async Task<SecretBytes?> FindAsync(CancellationToken cancellation)
    {
        var rows = await engine.QueryAsync(
            Guid.Empty,
            Query,
            [],
            row => (Kek: row.Text("kek_id"), Wrapped: row.Bytes("wrapped")),
            cancellation
        );
        if (rows is not [var kept])
            return null;
        return kept.Kek == kek.Id ? await kek.UnwrapAsync(kept.Wrapped, Context, cancellation) : throw new CannotOpenException();
    }

    // Several nodes may start at once: the first one's key wins, for the others too.
    private async Task<SecretBytes> MakeAsync(CancellationToken cancellation)
    {
        using var random = SecretBytes.Random(32);
        var wrapped = await kek.WrapAsync(random, Context, cancellation);
        await engine.ExecuteAsync(Guid.Empty, [(Claim, [kek.Id, wrapped])], cancellation);
        return await FindAsync(cancellation) ?? throw new InvalidOperationException("The key that was just stored is not there.");
    }
}
