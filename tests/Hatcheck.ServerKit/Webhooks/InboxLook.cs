using System.Diagnostics;
using System.Globalization;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.ServerKit.Webhooks;

/// <summary>A node with an endpoint for each of two tenants, and the content of the inbox.</summary>
internal static class InboxLook
{
    public const string Mine = "mine";
    public const string Others = "others";

    /// <summary>Creates two tenants with an endpoint each, on a further node.</summary>
    public static async Task<(TestTenant Mine, TestTenant Other, Node Node)> StartClerkAsync(
        this TestedDatabase database,
        params (string Name, string Value)[] settings
    )
    {
        var (mine, other) = (await database.Node.NewTenantAsync(), await database.Node.NewTenantAsync());
        return (mine, other, await database.StartClerkNodeAsync(mine, other, settings));
    }

    public static Task<Node> StartClerkNodeAsync(
        this TestedDatabase database,
        TestTenant mine,
        TestTenant other,
        params (string Name, string Value)[] settings
    ) => database.StartClerkNodeAsync([(Mine, mine), (Others, other)], null, settings);

    public static async Task<Node> StartClerkNodeAsync(
        this TestedDatabase database,
        IReadOnlyList<(string Name, TestTenant Tenant)> endpoints,
        Action<IServiceCollection>? configure,
        params (string Name, string Value)[] settings
    )
    {
        // The fixture's own node has no endpoints, so only this test's nodes process the inbox.
        var before = new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal);
        foreach (var (index, (name, tenant)) in endpoints.Index())
        {
            var prefix = $"Webhooks:Clerk:{index}:";
            database.Settings[$"{prefix}Name"] = name;
            database.Settings[$"{prefix}Issuer"] = "clerk";
            database.Settings[$"{prefix}Tenant"] = tenant.Id.ToString();
            database.Settings[$"{prefix}Secrets:0"] = ClerkSender.Secret;
        }

        foreach (var (name, value) in settings)
            database.Settings[name] = value;
        try
        {
            return await database.StartNodeAsync(configure);
        }
        finally
        {
            database.Settings.Clear();
            foreach (var (name, value) in before)
                database.Settings[name] = value;
        }
    }

    public static T HandlerOf<T>(this Node node)
        where T : notnull => node.Services.GetRequiredService<T>();

    public static Task<long> CountAsync(this TestedDatabase database, string table, Guid tenant, string where = "true") =>
        database.NumberAsync($"select count(*) from {table} where tenant_id = {RawSql.Literal(tenant)} and {where}");

    /// <summary>Also works while other processes use the database.</summary>
    public static async Task<long> NumberAsync(this TestedDatabase database, string sql) =>
        Convert.ToInt64(await RawSql.ScalarAsync(database, sql, []), CultureInfo.InvariantCulture);

    /// <summary>Waits until no event of a tenant is pending.</summary>
    public static async Task DrainedAsync(this TestedDatabase database, Guid tenant, int seconds = 60)
    {
        for (
            var wait = Stopwatch.StartNew();
            await database.NumberAsync(
                $"select count(*) from (select 1 from inbox where tenant_id = {RawSql.Literal(tenant)} and state = 'pending' "
                    + "limit 1) waiting"
            ) > 0;
            await Task.Delay(20)
        )
            wait.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(seconds), "entries still wait");
    }

    public static async Task<UserResponse?> FindAsync(this HttpClient http, string email, bool deleted = false)
    {
        var found = await http.PostJsonAsync(
                "/users/search",
                $$"""{"email":"{{email}}","include_deleted":{{(deleted ? "true" : "false")}}}"""
            )
            .ReadAsync<UserSearchResponse>();
        found.Items.Count.ShouldBeLessThanOrEqualTo(1);
        return found.Items.Count == 0 ? null : found.Items[0];
    }
}
