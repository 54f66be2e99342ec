namespace Hatcheck.Platform.Http;

/// <summary>How far an endpoint reaches, which decides whether a person may call it for themself.</summary>
internal enum Reach
{
    /// <summary>Anything of the tenant: for keys and members only. What an endpoint has that says nothing.</summary>
    Tenant,

    /// <summary>
    /// The user whose id is <c>{id}</c> in the path: a person may call it with their own id, merged ones included.
    /// </summary>
    OwnUser,

    /// <summary>Whoever calls: persons too.</summary>
    Caller,
}

/// <summary>What an endpoint demands of its caller; the OpenAPI document tells it from the same.</summary>
internal sealed record NeededPermission(string Name, Reach Reach);

internal static class NeededPermissionExtensions
{
    /// <summary>
    /// The endpoint answers only callers that hold <paramref name="permission"/>. Every endpoint says this or
    /// <c>AllowAnonymous</c>; one that says neither answers nobody.
    /// </summary>
    /// <param name="builder">The endpoint, or a group of them.</param>
    /// <param name="permission">One that a capability declares.</param>
    /// <param name="reach">Whether persons may call it, too.</param>
    public static TBuilder RequirePermission<TBuilder>(this TBuilder builder, string permission, Reach reach = Reach.Tenant)
        where TBuilder : IEndpointConventionBuilder =>
        builder.RequireAuthorization().WithMetadata(new NeededPermission(permission, reach));
}
