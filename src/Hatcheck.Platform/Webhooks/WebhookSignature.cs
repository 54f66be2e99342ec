using System.Globalization;
using System.Text;
using Hatcheck.Crypto;

namespace Hatcheck.Platform.Webhooks;

/// <summary>
/// Signs by Standard Webhooks 1.0.0 (github.com/standard-webhooks/standard-webhooks): HMAC-SHA256 of
/// <c>id.timestamp.body</c>, one signature for each live secret.
/// </summary>
internal static class WebhookSignature
{
    public const string IdHeader = "webhook-id";
    public const string TimestampHeader = "webhook-timestamp";
    public const string SignatureHeader = "webhook-signature";

    private const string Version = "v1,";
    private const string SecretPrefix = "whsec_";

    /// <summary>Formats a secret as receivers expect it.</summary>
    public static string Text(SecretBytes secret) => SecretPrefix + Convert.ToBase64String(secret.Reveal());

    /// <summary>Seconds since 1970.</summary>
    public static string Timestamp(DateTimeOffset at) => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    /// <summary>Returns the header's value, in the order of the secrets.</summary>
    public static string Sign(string id, string timestamp, ReadOnlyMemory<byte> body, IReadOnlyList<SecretBytes> secrets)
    {
        var head = Encoding.ASCII.GetBytes($"{id}.{timestamp}.");
        var signed = new byte[head.Length + body.Length];
        head.CopyTo(signed, 0);
        body.CopyTo(signed.AsMemory(head.Length));
        return string.Join(
            ' ',
            secrets.Select(secret => Version + Convert.ToBase64String(Mac.HmacSha256(secret.Reveal(), signed)))
        );
    }
}
