using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Channels;
using Hatcheck.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Access.Webhooks;

/// <summary>One endpoint for Clerk: its tenant, issuer and signing secrets.</summary>
internal sealed class ClerkEndpoint(ClerkOptions options)
{
    public string Name => options.Name;

    public Guid Tenant => options.Tenant;

    /// <summary>The issuer as a channel, the one its users sign in with.</summary>
    public ExternalChannel Channel { get; } = new(options.IssuerName);

    public SigningSecrets Secrets { get; } = new(options);

    /// <summary>The endpoint in the audit log.</summary>
    public Actor Actor => Actor.Webhook(Name);
}

/// <summary>The endpoints of the settings.</summary>
internal sealed class ClerkEndpoints(IOptions<WebhookOptions> options)
{
    private readonly IReadOnlyList<ClerkEndpoint> all = [.. options.Value.Clerk.Select(endpoint => new ClerkEndpoint(endpoint))];

    public IReadOnlyList<ClerkEndpoint> All => all;

    /// <summary>Finds an endpoint by name; without a name, the only one.</summary>
    public ClerkEndpoint? Find(string? name) =>
        name is not null ? all.FirstOrDefault(endpoint => endpoint.Name == name)
        : all.Count == 1 ? all[0]
        : null;

    /// <summary>Stops the start if an endpoint's tenant does not exist, or cannot have its users.</summary>
    /// <exception cref="OperatorException">There is no such tenant, or its index scheme is 0.</exception>
    public async Task EnsureTenantsAsync(IEngine engine, CancellationToken cancellation)
    {
        foreach (var endpoint in all)
        {
            var schemes = await engine.QueryAsync(
                endpoint.Tenant,
                "select index_scheme from tenants where tenant_id = $1",
                [endpoint.Tenant],
                row => row.Number("index_scheme"),
                cancellation
            );
            if (schemes.Count == 0)
                throw new OperatorException(
                    $"The webhook endpoint {endpoint.Name} is set up for the tenant {endpoint.Tenant}, which does not exist; "
                        + "`hatcheck tenants list` shows those that do."
                );
            if (schemes[0] == Crypto.BlindIndexKey.PlainScheme)
                throw new OperatorException(
                    $"The webhook endpoint {endpoint.Name} is set up for a tenant of index scheme 0, which has Telegram ids "
                        + "only. Give it another tenant."
                );
        }
    }
}

/// <summary>The live signing secrets of an endpoint. A file with secrets is read again when it changes.</summary>
internal sealed class SigningSecrets
{
    private const string Prefix = "whsec_";
    private const int Shortest = 24;
    private const int Longest = 64;
    private const int Most = 10;

    private readonly Lock gate = new();
    private readonly ClerkOptions endpoint;
    private IReadOnlyList<byte[]> secrets;
    private DateTime writtenAt;

    public SigningSecrets(ClerkOptions endpoint)
    {
        this.endpoint = endpoint;
        writtenAt = WrittenAt();
        secrets = Read(endpoint) ?? [];
    }

    /// <summary>Reads secrets in the form of Standard Webhooks 1.0.0; null if any is invalid, or none is given.</summary>
    public static IReadOnlyList<byte[]>? Read(ClerkOptions endpoint)
    {
        try
        {
            var texts = string.IsNullOrEmpty(endpoint.SecretFile) ? endpoint.Secrets : File.ReadAllLines(endpoint.SecretFile);
            var given = texts.Select(text => text.Trim()).Where(text => text.Length > 0).Select(Decode).ToList();
            return given.Count is >= 1 and <= Most && given.TrueForAll(secret => secret is not null)
                ? given.ConvertAll(secret => secret!)
                : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public IReadOnlyList<byte[]> Live()
    {
        if (string.IsNullOrEmpty(endpoint.SecretFile))
            return secrets;
        lock (gate)
        {
            var written = WrittenAt();
            // While the file is being written, or is briefly absent, its last secrets stay in use.
            if (written != writtenAt && Read(endpoint) is { } renewed)
                (secrets, writtenAt) = (renewed, written);
            return secrets;
        }
    }

    // The time of a link's target: a mounted secret is a link whose target is replaced. None while the file is briefly
    // absent.
    private DateTime WrittenAt()
    {
        if (endpoint.SecretFile is not { Length: > 0 } file)
            return default;
        try
        {
            return File.GetLastWriteTimeUtc(File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }

    private static byte[]? Decode(string text)
    {
        var buffer = new byte[Longest + 3];
        return
            text.StartsWith(Prefix, StringComparison.Ordinal)
            && Convert.TryFromBase64String(text[Prefix.Length..], buffer, out var length)
            && length is >= Shortest and <= Longest
            ? buffer[..length]
            : null;
    }
}
