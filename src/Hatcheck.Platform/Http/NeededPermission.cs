namespace Hatcheck.Platform.Http;

/// <summary>How far an endpoint reaches, which decides whether a user may call it for their own data.</summary>
internal enum Reach
{
    /// <summary>Anything of the tenant: for keys and members only. The default.</summary>
    Tenant,

    /// <summary>
    /// The user whose id is <c>{id}</c> in the path. A user may call it with their own id, ids of merged users included.
    /// </summary>
    OwnUser,

    /// <summary>Only the caller; users may call it too.</summary>
    Caller,
}

/// <summary>An endpoint's required permission; the OpenAPI document shows the same.</summary>
internal sealed record NeededPermission(string Name, Reach Reach);

internal static class NeededPermissionExtensions
{
    /// <summary>
    /// Restricts the endpoint to callers with <paramref name="permission"/>. Every endpoint calls this or
    /// <c>AllowAnonymous</c>; one that calls neither refuses every request.
    /// </summary>
    /// <param name="builder">The endpoint, or a group of them.</param>
    /// <param name="permission">A permission that a capability declares.</param>
    /// <param name="reach">Whether users may call it, too.</param>
    public static TBuilder RequirePermission<TBuilder>(this TBuilder builder, string permission, Reach reach = Reach.Tenant)
        where TBuilder : IEndpointConventionBuilder =>
        builder.RequireAuthorization().WithMetadata(new NeededPermission(permission, reach));
}
