using System.Globalization;
using Hatcheck.Access;
using Hatcheck.Access.Sessions;
using Hatcheck.Access.Staff;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Keys;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.Webhooks;
using Hatcheck.Tests.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Access;

/// <summary>
/// A tenant with a caller of every role, and with objects for paths, created again for each request since some requests
/// remove them.
/// </summary>
internal sealed class MatrixTenant
{
    public const string Nobody = "nobody";
    private const string OwnRole = "desk";

    private readonly Node node;
    private readonly TestTenant tenant;
    private readonly Dictionary<string, HttpClient> callers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Guid> members = new(StringComparer.Ordinal);
    private int next = 100_000;

    private MatrixTenant(Node node, TestTenant tenant) => (this.node, this.tenant) = (node, tenant);

    /// <summary>Every built-in role, and one of the tenant's own.</summary>
    public IReadOnlyList<string> Roles { get; } = [.. StaffSupport.Roles.All.Select(role => role.Name), OwnRole];

    /// <summary>Ids that no answer to another tenant may hold.</summary>
    public List<string> Secrets { get; } = [];

    /// <summary>Rows that this class itself has added since it created the callers, by table.</summary>
    public Dictionary<string, long> Made { get; } = new(StringComparer.Ordinal);

    public static IReadOnlyList<string> PermissionsOf(string role) =>
        role == OwnRole ? ["usage:write"] : StaffSupport.Roles.Find(role)!.Permissions;

    public static async Task<MatrixTenant> MakeAsync(Node node)
    {
        var made = new MatrixTenant(node, await node.NewTenantAsync());
        (
            await node
                .Services.GetRequiredService<CustomRoles>()
                .AddAsync(made.Operator, OwnRole, PermissionsOf(OwnRole), default)
        ).OrThrow();
        foreach (var role in made.Roles.Where(BuiltInRoles.IsForMembers))
        {
            var (http, id) = await node.SignedInAsync(made.tenant.Id, role);
            (made.callers[role], made.members[role]) = (http, id);
            made.Secrets.Add(id.ToString());
        }

        made.callers[StaffSupport.Roles.Get(BuiltInRole.Service).Name] = node.Client(
            (await node.NewKeyAsync(made.tenant.Id, "service", StaffSupport.Roles.Get(BuiltInRole.Service).Permissions)).Key
        );
        made.callers[Nobody] = node.Client();
        made.Secrets.Add(made.tenant.Id.ToString());
        return made;
    }

    private Grantor Operator => Grantor.Operator(tenant.Id, Actor.Operator(1000));

    /// <summary>A client of that role. For a person, a new one each time: some operations erase them.</summary>
    public async Task<(HttpClient Http, Guid? Person)> CallerAsync(string role)
    {
        if (role != StaffSupport.Roles.Get(BuiltInRole.Customer).Name)
            return (callers[role], null);
        var user = await UserAsync();
        return (node.Client(ActingCallers.AsPerson(tenant.Id, user)), user);
    }

    /// <summary>
    /// Values for an operation's path; about <paramref name="person"/> if given, or the member with
    /// <paramref name="role"/>.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, string>> NamesAsync(FuzzedOperation operation, Guid? person, string? role)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (
            var name in operation
                .Node["parameters"]
                ?.AsArray()
                .Where(parameter => (string?)parameter!["in"] == "path")
                .Select(parameter => (string)parameter!["name"]!)
                ?? []
        )
        {
            names[name] = name switch
            {
                "id" => (person ?? await UserAsync()).ToString(),
                "identityId" => await IdentityAsync(Guid.Parse(names["id"])),
                "hash" => await HashAsync(),
                "memberId" => (await MemberAsync()).ToString(),
                "role" => await RoleAsync(),
                "keyId" => (await KeyAsync()).ToString(),
                "sessionId" => await SessionAsync(names.TryGetValue("id", out var user) ? Guid.Parse(user) : person, role),
                "endpoint" => InboxLook.Mine,
                _ => throw new InvalidOperationException(
                    $"MatrixTenant does not know what to put for {{{name}}} of {operation.Path}: add a line here."
                ),
            };
        }

        return names;
    }

    /// <summary>The rows of this tenant, by table.</summary>
    public async Task<List<TableCount>> RowsAsync(TestedDatabase database)
    {
        var counts = new List<TableCount>();
        foreach (var table in StoredRows.Tables)
            counts.Add(
                new TableCount(
                    table,
                    await database.ScalarAsync(
                        $"select count(*) from {table} where lower(cast(tenant_id as text)) = '{tenant.Id}'"
                    )
                )
            );
        return counts;
    }

    private async Task<Guid> UserAsync()
    {
        Count(("users", 1), ("user_keys", 1), ("identities", 1));
        return (await tenant.Http.ResolveAsync(Next())).Id;
    }

    private async Task<string> IdentityAsync(Guid user)
    {
        Count(("identities", 1), ("audit_pending", 1));
        var phone = $"+4917{Next()}";
        var linked = await tenant
            .Http.PostJsonAsync($"/users/{user}/identities", $$"""{"channel":"whatsapp","id":"{{phone}}"}""")
            .ReadAsync<Contracts.IdentityResponse>(System.Net.HttpStatusCode.Created);
        return linked.Id.ToString();
    }

    private async Task<string> HashAsync()
    {
        var id = Next();
        Count(("users", 1), ("user_keys", 1), ("identities", 1));
        await tenant.Http.ResolveAsync(id);
        return (await node.Services.GetRequiredService<TenantKeys>().GetAsync(tenant.Id, 1, default))
            .Index[0]
            .Compute("telegram", "user", id);
    }

    private async Task<Guid> MemberAsync()
    {
        Count(("members", 1), ("member_roles", 1), ("user_keys", 1), ("audit_pending", 1));
        return (await node.NewMemberAsync(tenant.Id, "support")).Id;
    }

    private async Task<string> RoleAsync()
    {
        Count(("roles", 1), ("audit_pending", 1));
        return (
            await node
                .Services.GetRequiredService<CustomRoles>()
                .AddAsync(Operator, $"role-{tenant.Id:N}-{Next()}", ["users:read"], default)
        )
            .OrThrow()
            .Name;
    }

    private async Task<Guid> KeyAsync()
    {
        Count(("api_keys", 1), ("audit_pending", 1));
        return (await node.NewKeyAsync(tenant.Id, $"key-{Next()}", ["users:read"])).View.Id;
    }

    // A person's, or a member's own.
    private async Task<string> SessionAsync(Guid? user, string? role)
    {
        Count(("sessions", 1), ("audit_pending", 1));
        var member = user is null && role is not null && members.TryGetValue(role, out var id) ? id : (Guid?)null;
        var wanted = new NewSession(
            tenant.Id,
            member is null ? SessionRow.Person : SessionRow.Member,
            member ?? user ?? await UserAsync(),
            Actor.Operator(1000),
            new SessionContent("service", null, null),
            Address: null
        );
        return (await node.Services.GetRequiredService<SessionStart>().BeginAsync(wanted, default))
            .OrThrow()
            .SessionId.ToString();
    }

    private string Next() => (next++).ToString(CultureInfo.InvariantCulture);

    private void Count(params (string Table, int Rows)[] made)
    {
        foreach (var (table, rows) in made)
            Made[table] = Made.GetValueOrDefault(table) + rows;
    }
}

internal sealed record TableCount(string Table, long Count);
