using System.Security.Cryptography;
using System.Text;

namespace Hatcheck.Access;

/// <summary>
/// The text of an API key: <c>hck_live_</c> or <c>hck_demo_</c>, then in base 62 the tenant id (22), 32 random bytes (43)
/// and a CRC-32 of all before it (6). Prefix and checksum let secret scanners recognise a key offline; the tenant id lets
/// one indexed read find it.
/// </summary>
internal static class ApiKeyText
{
    private const int TenantLength = Base62.IdLength;
    private const int SecretLength = Base62.SecretLength;
    private const int SumLength = Base62.SumLength;
    private const int PrefixLength = 9;

    /// <summary>Creates a key for a tenant.</summary>
    public static string Create(Guid tenant, bool demo)
    {
        Span<byte> secret = stackalloc byte[32];
        RandomNumberGenerator.Fill(secret);
        var body = $"hck_{(demo ? "demo" : "live")}_{Base62.Encode(tenant)}{Base62.Encode(secret, SecretLength)}";
        CryptographicOperations.ZeroMemory(secret);
        return body + Base62.Sum(body);
    }

    /// <summary>Returns the tenant and the hash to look up; false, without a query, if the text is not a key.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Guid tenant, out byte[] hash, out bool demo)
    {
        tenant = default;
        hash = [];
        demo = text.StartsWith("hck_demo_", StringComparison.Ordinal);
        if (text.Length != PrefixLength + TenantLength + SecretLength + SumLength)
            return false;
        if (!demo && !text.StartsWith("hck_live_", StringComparison.Ordinal))
            return false;
        foreach (var letter in text[PrefixLength..])
        {
            if (!char.IsAsciiLetterOrDigit(letter))
                return false;
        }

        var body = text[..^SumLength].ToString();
        if (!text[^SumLength..].SequenceEqual(Base62.Sum(body)))
            return false;
        if (!Base62.TryDecode(text.Slice(PrefixLength, TenantLength), out tenant))
            return false;
        hash = Hash(text);
        return true;
    }

    /// <summary>The stored hash of a key.</summary>
    public static byte[] Hash(ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[128];
        var length = Encoding.ASCII.GetBytes(text, bytes);
        var hash = SHA256.HashData(bytes[..length]);
        CryptographicOperations.ZeroMemory(bytes);
        return hash;
    }
}
