using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Http;

/// <summary>The tenant of a request, read together with the caller.</summary>
/// <param name="Id">The tenant's id.</param>
/// <param name="Name">As the operator typed it.</param>
/// <param name="BlindOnly">The tenant's callers send hashes, never ids.</param>
/// <param name="IndexScheme">0 or 1.</param>
/// <param name="KeyEpoch">The tenant's key-set epoch as read with the caller.</param>
internal sealed record CallerTenant(Guid Id, string Name, bool BlindOnly, int IndexScheme, int KeyEpoch)
{
    /// <summary>Reads it from a row that includes the columns of <c>tenants</c>.</summary>
    public static CallerTenant Read(Guid id, Row row) =>
        new(id, row.Text("name"), row.Flag("blind_only"), row.Number("index_scheme"), row.Number("key_epoch"));
}

/// <summary>The caller of a request: a service key, a member of the tenant's staff, or a user on their own behalf.</summary>
/// <param name="Home">The only tenant whose data this request may touch.</param>
/// <param name="Permissions">The caller's permissions in that tenant; see <see cref="KnownPermissions"/>.</param>
internal abstract record Caller(CallerTenant Home, IReadOnlySet<string> Permissions)
{
    /// <summary>
    /// The session of this installation that authenticated the request; null for keys and for tokens of other issuers.
    /// </summary>
    public Guid? Session { get; init; }

    public Guid Tenant => Home.Id;

    public string TenantName => Home.Name;

    public bool BlindOnly => Home.BlindOnly;

    public int IndexScheme => Home.IndexScheme;

    public int KeyEpoch => Home.KeyEpoch;

    /// <summary>The caller's name in the audit log: a random id, never a name.</summary>
    public abstract Actor Actor { get; }

    /// <summary>Binds the caller of an authenticated request to an endpoint's parameter.</summary>
    public static ValueTask<Caller> BindAsync(HttpContext context) =>
        ValueTask.FromResult(
            context.Features.Get<Caller>() ?? throw new InvalidOperationException("The endpoint is not protected.")
        );

    /// <summary>A bot or a service, authenticated by its API key.</summary>
    internal sealed record ServiceKey(CallerTenant Home, IReadOnlySet<string> Permissions, Guid Key) : Caller(Home, Permissions)
    {
        public override Actor Actor => Actor.Key(Key);
    }

    /// <summary>A member of the tenant's staff.</summary>
    internal sealed record Member(CallerTenant Home, IReadOnlySet<string> Permissions, Guid Id) : Caller(Home, Permissions)
    {
        public override Actor Actor => Actor.Member(Id);
    }

    /// <summary>
    /// A user of the tenant, who can reach their own user only. <see cref="User"/> is the survivor where users were merged.
    /// </summary>
    internal sealed record Person(CallerTenant Home, IReadOnlySet<string> Permissions, Guid User) : Caller(Home, Permissions)
    {
        public override Actor Actor => Actor.User(User);
    }
}
