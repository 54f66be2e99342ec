namespace Hatcheck.Server.Platform.Http;

/// <summary>Who makes the request: a service key of one tenant.</summary>
/// <param name="Tenant">The only tenant whose data this request may touch.</param>
/// <param name="TenantName">As the operator typed it.</param>
/// <param name="BlindOnly">The tenant's callers send hashes, never ids.</param>
/// <param name="IndexScheme">0 or 1.</param>
/// <param name="KeyEpoch">The tenant's key-set epoch as read with the key.</param>
/// <param name="Key">The API key's own id.</param>
/// <param name="Scopes">What the key may do; see <see cref="Scopes"/>.</param>
internal sealed record Caller(Guid Tenant, string TenantName, bool BlindOnly, int IndexScheme, int KeyEpoch, Guid Key, IReadOnlySet<string> Scopes)
{
    /// <summary>How the caller is named in the audit log.</summary>
    public string Actor => $"key:{Key:N}";

    /// <summary>Binds the caller of an authenticated request to an end point's parameter.</summary>
    public static ValueTask<Caller> BindAsync(HttpContext context) =>
        ValueTask.FromResult(context.Features.Get<Caller>() ?? throw new InvalidOperationException("The end point is not protected."));
}

/// <summary>What an API key may be allowed.</summary>
internal static class Scopes
{
    public const string UsersRead = "users:read";
    public const string UsersWrite = "users:write";
    public const string UsersErase = "users:erase";
    public const string UsageRead = "usage:read";
    public const string UsageWrite = "usage:write";
    public const string ExportRead = "export:read";
    public const string PreferencesRead = "preferences:read";
    public const string PreferencesWrite = "preferences:write";
    public const string PreferencesAdmin = "preferences:admin";

    public static readonly IReadOnlyList<string> All = [UsersRead, UsersWrite, UsersErase, UsageRead, UsageWrite, ExportRead, PreferencesRead, PreferencesWrite, PreferencesAdmin];

    /// <summary>The end point answers only keys that hold <paramref name="scope"/>.</summary>
    public static TBuilder RequireScope<TBuilder>(this TBuilder builder, string scope)
        where TBuilder : IEndpointConventionBuilder =>
        builder.RequireAuthorization(scope);
}
