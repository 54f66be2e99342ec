using System.Net;
using System.Text.Json;
using Hatcheck.Platform.Outbound;
using Hatcheck.Platform.Telemetry;
using Microsoft.IdentityModel.Tokens;

namespace Hatcheck.Access.SignIn;

/// <summary>
/// Fetches an issuer's discovery document (OpenID Connect Discovery 1.0) and the key set that it names. Size and time are
/// limited; https only, except on loopback. Follows no redirect: only the issuer's own address may answer for it.
/// </summary>
internal sealed class IssuerDocuments(OutboundHandler outbound) : IDisposable
{
    private const string WellKnown = "/.well-known/openid-configuration";
    private const int LargestDocument = 256 * 1024;
    private const int MostKeys = 32;
    private const int ShortestRsa = 2048;
    private const int LongestTarget = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpClient http = outbound.NewClient(Patience, LargestDocument);

    /// <summary>Returns the issuer's public signing keys; null if they are unavailable, with the reason for the log.</summary>
    public async Task<(IReadOnlyList<SecurityKey>? Keys, SafeText Reason)> FetchAsync(
        Uri authority,
        string issuer,
        CancellationToken cancellation
    )
    {
        try
        {
            var wellKnown = new Uri(authority.AbsoluteUri.TrimEnd('/') + WellKnown);
            var (discovery, fault) = await JsonAsync("discovery document", wellKnown, cancellation);
            if (discovery is null)
                return (null, new(fault));
            using var document = discovery;
            // Otherwise a host that answers at this address could supply another issuer's document.
            if (TokenText.TextOf(document.RootElement, "issuer") != issuer)
                return (null, new("the discovery document is of another issuer"));
            var address = SignInOptionsCheck.Address(TokenText.TextOf(document.RootElement, "jwks_uri"));
            if (address is null || (address.Scheme == Uri.UriSchemeHttp && authority.Scheme != Uri.UriSchemeHttp))
                return (null, new("the address of the key set is none that may be asked"));
            (var published, fault) = await JsonAsync("key set", address, cancellation);
            if (published is null)
                return (null, new(fault));
            using var set = published;
            var keys = Keys(set.RootElement);
            return keys.Count > 0 ? (keys, default) : (null, new("the key set holds no key that can be used"));
        }
        catch (OutboundRefusedException)
        {
            return (null, new("an address is refused, as the line before this one says"));
        }
        catch (Exception fault) when (!cancellation.IsCancellationRequested)
        {
            // Only the type: the message may repeat what the other side sent.
            return (null, new(fault.GetType().Name));
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<(JsonDocument? Document, string Fault)> JsonAsync(string what, Uri address, CancellationToken cancellation)
    {
        using var response = await http.GetAsync(address, cancellation);
        return response.StatusCode switch
        {
            HttpStatusCode.OK => (JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellation)), ""),
            >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest => (
                null,
                $"the {what} is redirected{Target(address, response.Headers.Location)}, and redirects are not followed"
            ),
            var status => (null, $"the {what} is answered with status {(int)status}"),
        };
    }

    // Without user, query and fragment, which may hold secrets.
    private static string Target(Uri from, Uri? to)
    {
        if (to is null || !Uri.TryCreate(from, to, out var target))
            return "";
        var text = $"{target.Scheme}://{target.Authority}{target.AbsolutePath}";
        return $" to {(text.Length > LongestTarget ? text[..LongestTarget] : text)}";
    }

    /// <summary>Reads the public signing keys. Skips symmetric keys: once published, they are no secret.</summary>
    private static List<SecurityKey> Keys(JsonElement set)
    {
        var keys = new List<SecurityKey>();
        if (!set.TryGetProperty("keys", out var members) || members.ValueKind != JsonValueKind.Array)
            return keys;
        foreach (var member in members.EnumerateArray().Where(member => member.ValueKind == JsonValueKind.Object).Take(MostKeys))
        {
            if (TokenText.TextOf(member, "use") is not (null or "sig"))
                continue;
            if (Key(member) is { } key)
                keys.Add(key);
        }

        return keys;
    }

    // Uses the key's numbers only; ignores certificates (x5c) and addresses (x5u).
    private static JsonWebKey? Key(JsonElement member)
    {
        var kept = new JsonWebKey
        {
            Kty = TokenText.TextOf(member, "kty"),
            Kid = TokenText.TextOf(member, "kid"),
            Alg = TokenText.TextOf(member, "alg"),
        };
        switch (kept.Kty)
        {
            case "RSA":
                (kept.N, kept.E) = (TokenText.TextOf(member, "n"), TokenText.TextOf(member, "e"));
                return kept is { N: not null, E: not null } && Size(kept) >= ShortestRsa ? kept : null;
            case "EC":
                (kept.Crv, kept.X, kept.Y) = (
                    TokenText.TextOf(member, "crv"),
                    TokenText.TextOf(member, "x"),
                    TokenText.TextOf(member, "y")
                );
                return kept is { Crv: "P-256" or "P-384" or "P-521", X: not null, Y: not null } && Size(kept) > 0 ? kept : null;
            default:
                return null;
        }
    }

    private static int Size(JsonWebKey key)
    {
        try
        {
            return key.KeySize;
        }
        catch (Exception fault) when (fault is FormatException or ArgumentException)
        {
            return 0;
        }
    }
}
