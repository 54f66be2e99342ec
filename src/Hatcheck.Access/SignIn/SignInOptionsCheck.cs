using System.Text;
using Hatcheck.Platform.Http;
using Microsoft.Extensions.Options;

namespace Hatcheck.Access.SignIn;

/// <summary>
/// Checks the issuers' settings. Reports every fault at once, with the setting's name and what to do, never with its value.
/// </summary>
internal sealed class SignInOptionsCheck : IValidateOptions<SignInOptions>
{
    public const int ShortestSecret = 32;

    /// <summary>Algorithms with a key pair (RFC 7518, section 3.1).</summary>
    private static readonly string[] Asymmetric =
    [
        "RS256",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES256",
        "ES384",
        "ES512",
    ];

    private static readonly string[] Symmetric = ["HS256", "HS384", "HS512"];

    public ValidateOptionsResult Validate(string? name, SignInOptions options)
    {
        var faults = options.Issuers.SelectMany((issuer, index) => Faults(issuer, index)).ToList();
        var names = options
            .Issuers.Select((issuer, index) => (issuer.Name, Index: index))
            .GroupBy(issuer => issuer.Name, StringComparer.Ordinal);
        faults.AddRange(
            names
                .Where(group => group.Key.Length > 0 && group.Count() > 1)
                .Select(group => Fault(group.Last().Index, nameof(IssuerOptions.Name), "another issuer has this name."))
        );
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    /// <summary>Returns an issuer's secrets; none if the file can't be read.</summary>
    public static IReadOnlyList<byte[]> Secrets(IssuerOptions issuer)
    {
        if (issuer.SecretFile is not { Length: > 0 } file)
            return issuer.Secret is { Length: > 0 } secret ? [Encoding.UTF8.GetBytes(secret)] : [];
        try
        {
            return
            [
                .. File.ReadAllLines(file)
                    .Select(line => line.Trim())
                    .Where(line => line.Length > 0)
                    .Select(Encoding.UTF8.GetBytes),
            ];
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Parses a document's address; null unless it is https, or http on this machine.</summary>
    public static Uri? Address(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
        && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && Listening.IsLoopback(address.Host)))
        && address.UserInfo.Length == 0
        && address.Fragment.Length == 0
            ? address
            : null;

    private static IEnumerable<string> Faults(IssuerOptions issuer, int index)
    {
        if (!BoundedText.IsCode(issuer.Name))
            yield return Fault(index, nameof(issuer.Name), "1 to 64 of a-z 0-9 . _ -");
        var hasSecret = !string.IsNullOrEmpty(issuer.Secret) || !string.IsNullOrEmpty(issuer.SecretFile);
        if (string.IsNullOrEmpty(issuer.Authority) != hasSecret)
            yield return Fault(
                index,
                nameof(issuer.Authority),
                "give either Authority (an issuer with discovery) or one of Secret and SecretFile (an issuer with a shared "
                    + "secret)."
            );
        else if (!hasSecret && (Address(issuer.Authority) is not { } address || address.Query.Length > 0))
            yield return Fault(
                index,
                nameof(issuer.Authority),
                "an address that begins with https:// (http:// only on this machine), without user, query or fragment."
            );
        if (
            hasSecret
            && string.IsNullOrEmpty(issuer.Authority)
            && (Secrets(issuer) is not { Count: > 0 } secrets || secrets.Any(secret => secret.Length < ShortestSecret))
        )
            yield return Fault(
                index,
                string.IsNullOrEmpty(issuer.SecretFile) ? nameof(issuer.Secret) : nameof(issuer.SecretFile),
                $"a readable secret of at least {ShortestSecret} bytes; make one with: openssl rand -base64 48"
            );
        if (hasSecret && string.IsNullOrEmpty(issuer.Issuer))
            yield return Fault(index, nameof(issuer.Issuer), "it is missing: what `iss` of the tokens is.");
        if (
            issuer.Audiences.Count + issuer.AuthorizedParties.Count == 0
            || issuer.Audiences.Concat(issuer.AuthorizedParties).Any(string.IsNullOrWhiteSpace)
        )
            yield return Fault(
                index,
                nameof(issuer.Audiences),
                "name at least one audience (or authorized party): else a token that the issuer made for another service "
                    + "would open this one."
            );
        var possible = hasSecret ? Symmetric : Asymmetric;
        if (issuer.Algorithms.Any(algorithm => !possible.Contains(algorithm, StringComparer.Ordinal)))
            yield return Fault(index, nameof(issuer.Algorithms), $"of {string.Join(' ', possible)}.");
        if (issuer.Tenant == Guid.Empty)
            yield return Fault(index, nameof(issuer.Tenant), "it is missing: the tenant's id, from `hatcheck tenants list`.");
        if (issuer.For is not ("users" or "members"))
            yield return Fault(index, nameof(issuer.For), "users or members.");
        if (issuer.ClockSkew < TimeSpan.Zero || issuer.ClockSkew > TimeSpan.FromMinutes(2))
            yield return Fault(index, nameof(issuer.ClockSkew), "the value is not between 00:00:00 and 00:02:00.");
    }

    private static string Fault(int index, string setting, string words) =>
        $"{SignInOptions.Section}:Issuers:{index}:{setting} ({SignInOptions.Section}__Issuers__{index}__{setting}): {words}";
}
