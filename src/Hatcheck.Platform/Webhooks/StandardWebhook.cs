using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Hatcheck.Crypto;

namespace Hatcheck.Platform.Webhooks;

/// <summary>The result of verifying a delivery.</summary>
internal abstract record Verification
{
    /// <summary>Signed recently, by a live secret.</summary>
    /// <param name="Id">The sender's id of the event, the same for every repeat.</param>
    /// <param name="SentAt">When this delivery was sent.</param>
    internal sealed record Genuine(string Id, DateTimeOffset SentAt) : Verification;

    /// <summary>No signature, a malformed one, or none by a live secret.</summary>
    internal sealed record Unsigned : Verification;

    /// <summary>Signed correctly, but not recently.</summary>
    internal sealed record Stale : Verification;
}

/// <summary>
/// Verifies deliveries by Standard Webhooks 1.0.0 (github.com/standard-webhooks/standard-webhooks), which Svix and
/// therefore Clerk use, under either set of header names: HMAC-SHA256 of <c>id.timestamp.body</c>, any of several
/// signatures under any of several secrets.
/// </summary>
internal static class StandardWebhook
{
    private const string Version = "v1,";
    private const int LongestId = 256;
    private const int MostSignatures = 16;
    private static readonly string[] Names = ["webhook", "svix"];

    public static Verification Verify(
        IHeaderDictionary headers,
        ReadOnlySpan<byte> body,
        IReadOnlyList<byte[]> secrets,
        TimeSpan tolerance,
        DateTimeOffset now
    )
    {
        // The first set present decides: a second, unsigned one must not bypass it.
        if (
            Names.FirstOrDefault(name => headers.ContainsKey($"{name}-signature")) is not { } prefix
            || Single(headers, $"{prefix}-id") is not { } id
            || !IsId(id)
            || Single(headers, $"{prefix}-timestamp") is not { } timestamp
            || !TryInstant(timestamp, out var sentAt)
            || Single(headers, $"{prefix}-signature") is not { } signatures
            || !IsSigned(id, timestamp, body, signatures, secrets)
        )
        {
            return new Verification.Unsigned();
        }

        return (now - sentAt).Duration() > tolerance ? new Verification.Stale() : new Verification.Genuine(id, sentAt);
    }

    private static bool IsSigned(
        string id,
        string timestamp,
        ReadOnlySpan<byte> body,
        string signatures,
        IReadOnlyList<byte[]> secrets
    )
    {
        var given = signatures.Split(' ');
        if (given.Length > MostSignatures)
            return false;
        var macs = new List<byte[]>();
        var buffer = new byte[Mac.Length + 3];
        foreach (var signature in given)
        {
            // Other versions (v1a, ed25519) are for other receivers; ours decode to exactly 32 bytes.
            if (
                signature.StartsWith(Version, StringComparison.Ordinal)
                && Convert.TryFromBase64Chars(signature.AsSpan(Version.Length), buffer, out var length)
                && length == Mac.Length
            )
                macs.Add(buffer[..length]);
        }

        // Anyone may send: the body is hashed once per secret, however many signatures there are, and never without one.
        if (macs.Count == 0)
            return false;
        var head = Encoding.ASCII.GetBytes($"{id}.{timestamp}.");
        var signed = new byte[head.Length + body.Length];
        head.CopyTo(signed, 0);
        body.CopyTo(signed.AsSpan(head.Length));
        var genuine = false;
        foreach (var secret in secrets)
        {
            var expected = Mac.HmacSha256(secret, signed);
            foreach (var mac in macs)
                genuine |= CryptographicOperations.FixedTimeEquals(expected, mac);
        }

        return genuine;
    }

    private static string? Single(IHeaderDictionary headers, string name) =>
        headers.TryGetValue(name, out var values) && values is [{ } value] ? value : null;

    // No full stop, which separates the id from the time in the signed text.
    private static bool IsId(string text) =>
        text.Length is >= 1 and <= LongestId && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-');

    private static bool TryInstant(string text, out DateTimeOffset at)
    {
        at = default;
        if (text.Length > 11 || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return false;
        at = DateTimeOffset.FromUnixTimeSeconds(seconds);
        return true;
    }
}
