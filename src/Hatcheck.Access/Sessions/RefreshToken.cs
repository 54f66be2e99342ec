using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Hatcheck.Platform.Keys;

namespace Hatcheck.Access.Sessions;

/// <summary>
/// A refresh token: <c>hcr_</c>, then in base 62 the ids of tenant, user and session (22 each), a secret of 256 bits (43),
/// a tag (22) and a CRC-32 of all before it (6). The ids let one read find the session. The tag, a MAC over the rest,
/// tells issued tokens from forged ones, so that old tokens need no list. The checksum lets scanners recognise a token.
/// </summary>
/// <remarks>
/// The first secret is random. Each further one is a MAC over its predecessor: spending a token twice within the grace
/// period returns the same successor on every node, although only hashes are stored, and a session never has two valid
/// tokens. Without the tenant's look-up key, which is stored wrapped, no one can compute a successor.
/// </remarks>
internal sealed class RefreshToken
{
    public const string Prefix = "hcr_";

    private const int BodyLength = 4 + (3 * Base62.IdLength) + Base62.SecretLength;

    /// <summary>Length of the whole token.</summary>
    public const int Length = BodyLength + Base62.IdLength + Base62.SumLength;

    private readonly string body;
    private readonly string? given;

    private RefreshToken(string body, Guid tenant, Guid user, Guid session, string? given = null) =>
        (this.body, Tenant, User, Session, this.given) = (body, tenant, user, session, given);

    public Guid Tenant { get; }

    /// <summary>The user or member.</summary>
    public Guid User { get; }

    public Guid Session { get; }

    /// <summary>The stored hash.</summary>
    public byte[] Hash => SHA256.HashData(Encoding.ASCII.GetBytes(body));

    /// <summary>The first token of a session.</summary>
    public static RefreshToken First(Guid tenant, Guid user, Guid session)
    {
        Span<byte> secret = stackalloc byte[32];
        RandomNumberGenerator.Fill(secret);
        var token = Of(tenant, user, session, secret);
        CryptographicOperations.ZeroMemory(secret);
        return token;
    }

    /// <summary>The token that this one is exchanged for; always the same.</summary>
    public RefreshToken Next(TenantKeySet keys) =>
        Of(Tenant, User, Session, Convert.FromHexString(keys.Hash("refresh-next", body)));

    /// <summary>The text for the client.</summary>
    public string Reveal(TenantKeySet keys)
    {
        var signed = body + TagOf(keys);
        return signed + Base62.Sum(signed);
    }

    /// <summary>Reads a text of the right form, genuine or not: see <see cref="IsGenuine"/>.</summary>
    public static bool TryRead(string? text, [NotNullWhen(true)] out RefreshToken? token)
    {
        token = null;
        if (text is not { Length: Length } || !text.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        foreach (var letter in text.AsSpan(Prefix.Length))
        {
            if (!char.IsAsciiLetterOrDigit(letter))
                return false;
        }

        if (text[^Base62.SumLength..] != Base62.Sum(text[..^Base62.SumLength]))
            return false;
        var ids = text.AsSpan(Prefix.Length);
        if (
            !Base62.TryDecode(ids[..Base62.IdLength], out var tenant)
            || !Base62.TryDecode(ids.Slice(Base62.IdLength, Base62.IdLength), out var user)
            || !Base62.TryDecode(ids.Slice(2 * Base62.IdLength, Base62.IdLength), out var session)
        )
            return false;
        token = new RefreshToken(text[..BodyLength], tenant, user, session, text[BodyLength..^Base62.SumLength]);
        return true;
    }

    /// <summary>Whether this installation issued the token, however long ago.</summary>
    public bool IsGenuine(TenantKeySet keys) =>
        given is not null
        && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(given), Encoding.ASCII.GetBytes(TagOf(keys)));

    /// <summary>Masked.</summary>
    public override string ToString() => $"{nameof(RefreshToken)} {{ Session = {Session} }}";

    private static RefreshToken Of(Guid tenant, Guid user, Guid session, ReadOnlySpan<byte> secret) =>
        new(
            $"{Prefix}{Base62.Encode(tenant)}{Base62.Encode(user)}{Base62.Encode(session)}"
                + Base62.Encode(secret, Base62.SecretLength),
            tenant,
            user,
            session
        );

    // The first 128 bits of the MAC.
    private string TagOf(TenantKeySet keys) =>
        Base62.Encode(Convert.FromHexString(keys.Hash("refresh-tag", body).AsSpan(0, 32)), Base62.IdLength);
}
