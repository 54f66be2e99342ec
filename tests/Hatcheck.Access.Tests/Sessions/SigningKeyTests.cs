using System.Text.Json;
using Hatcheck.Access.Sessions;
using Hatcheck.Contracts;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Jobs;
using Hatcheck.ServerKit.Sessions;
using Hatcheck.ServerKit.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Access.Tests.Sessions;

public sealed class SigningKeysOnSqlite : SigningKeyTests
{
    protected override TestedDatabase NewDatabase() => new OnSqlite();
}

public sealed class SigningKeysOnPostgres : SigningKeyTests
{
    protected override TestedDatabase NewDatabase() => new OnPostgres();
}

public abstract class SigningKeyTests
{
    protected abstract TestedDatabase NewDatabase();

    [Fact]
    public async Task The_next_key_is_published_an_hour_before_it_signs_and_the_old_one_stays_until_its_tokens_have_expired()
    {
        await using var database = await StartAsync();
        var (_, first) = await SignedInAsync(database);
        var newest = first.RefreshToken;
        var old = KeyOf(first.AccessToken);
        (await PublishedAsync(database)).ShouldBe([old]);

        // Just before 29 days and 23 hours there is one key. Then its successor is created and published, but does not
        // sign yet.
        await AgeAsync(database, TimeSpan.FromDays(30) - TimeSpan.FromHours(1) - TimeSpan.FromMinutes(1));
        KeyOf(await RefreshedAsync()).ShouldBe(old);
        (await PublishedAsync(database)).Count.ShouldBe(1);
        await AgeAsync(database, TimeSpan.FromMinutes(2));
        KeyOf(await RefreshedAsync()).ShouldBe(old);
        var both = await PublishedAsync(database);
        both.Count.ShouldBe(2);
        both.ShouldContain(key => key == old);

        await AgeAsync(database, TimeSpan.FromMinutes(58));
        KeyOf(await RefreshedAsync()).ShouldBe(old);
        await AgeAsync(database, TimeSpan.FromMinutes(2));
        var current = await RefreshedAsync();
        KeyOf(current).ShouldBe(both.Single(key => key != old));

        // The old key's tokens are valid for at most eleven more minutes.
        await PurgeAsync(database);
        (await PublishedAsync(database)).Count.ShouldBe(2);
        (await database.Node.StatusAsync(first.AccessToken)).ShouldBe(200);
        await AgeAsync(database, TimeSpan.FromMinutes(12));
        (await PublishedAsync(database)).ShouldBe([KeyOf(current)]);
        await PurgeAsync(database);
        (await database.ScalarAsync("select count(*) from signing_keys")).ShouldBe(1L);
        (await database.Node.StatusAsync(first.AccessToken)).ShouldBe(401);
        (await database.Node.StatusAsync(current)).ShouldBe(200);

        async Task<string> RefreshedAsync()
        {
            var next = await database.Node.RefreshAsync(newest).ReadAsync<SessionTokens>();
            newest = next.RefreshToken;
            return next.AccessToken;
        }
    }

    [Fact]
    public async Task Whatever_nodes_begin_at_once_one_key_is_the_first()
    {
        await using var database = await StartAsync();
        var other = await database.StartNodeAsync();
        var tenant = await database.Node.NewTenantAsync();
        var users = await Task.WhenAll(Enumerable.Range(1, 8).Select(i => tenant.Http.ResolveAsync($"{i}")));
        using var service = other.Client(tenant.Key);
        var tokens = await Task.WhenAll(users.Select((user, i) => (i % 2 == 0 ? tenant.Http : service).SignInAsync(user.Id)));
        tokens.Select(token => KeyOf(token.AccessToken)).Distinct(StringComparer.Ordinal).Count().ShouldBe(1);
        (await database.ScalarAsync("select count(*) from signing_keys")).ShouldBe(1L);
        foreach (var token in tokens)
            (await other.StatusAsync(token.AccessToken)).ShouldBe(200);
    }

    [Fact]
    public async Task In_an_emergency_every_key_is_replaced_and_its_tokens_are_refused_at_once_on_every_node()
    {
        await using var database = await StartAsync();
        var other = await database.StartNodeAsync();
        var (_, tokens) = await SignedInAsync(database);
        foreach (var node in new[] { database.Node, other })
            (await node.StatusAsync(tokens.AccessToken)).ShouldBe(200);
        var id = await database
            .Node.Services.GetRequiredService<SigningKeys>()
            .ReplaceAsync(Actor.Operator(1000), CancellationToken.None);
        foreach (var node in new[] { other, database.Node })
            (await node.StatusAsync(tokens.AccessToken)).ShouldBe(401);
        // The session is unaffected: its client refreshes, on either node.
        foreach (var node in new[] { other, database.Node })
        {
            tokens = await node.RefreshAsync(tokens.RefreshToken).ReadAsync<SessionTokens>();
            KeyOf(tokens.AccessToken).ShouldBe(id);
            foreach (var asked in new[] { database.Node, other })
                (await asked.StatusAsync(tokens.AccessToken)).ShouldBe(200);
        }

        (await database.ScalarAsync("select count(*) from signing_keys")).ShouldBe(1L);
        (await database.ActsAsync(Guid.Empty, AccessActs.SigningKeyReplace.Name)).ShouldBe(1);
    }

    [Fact]
    public async Task A_clock_that_was_set_back_keeps_nobody_from_signing_in()
    {
        await using var database = await StartAsync();
        var (_, tokens) = await SignedInAsync(database);
        await AgeAsync(database, -TimeSpan.FromDays(1));
        tokens = await database.Node.RefreshAsync(tokens.RefreshToken).ReadAsync<SessionTokens>();
        (await database.Node.StatusAsync(tokens.AccessToken)).ShouldBe(200);
    }

    [Fact]
    public async Task The_published_set_may_be_kept_and_shows_no_private_half()
    {
        await using var database = await StartAsync();
        await SignedInAsync(database);
        using var answer = await database.Node.Client().GetAsync("/.well-known/jwks.json");
        answer.Headers.CacheControl!.ToString().ShouldBe("public, max-age=300");
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        var key = json.RootElement.GetProperty("keys").EnumerateArray().Single();
        key.EnumerateObject().Select(member => member.Name).ShouldBe(["kty", "crv", "alg", "use", "kid", "x", "y"]);
        key.GetProperty("alg").GetString().ShouldBe("ES256");
    }

    private async Task<TestedDatabase> StartAsync()
    {
        var database = NewDatabase();
        await database.InitializeAsync();
        return database;
    }

    private static async Task<(TestTenant Tenant, SessionTokens Tokens)> SignedInAsync(TestedDatabase database)
    {
        var tenant = await database.Node.NewTenantAsync();
        return (tenant, await tenant.Http.SignInAsync((await tenant.Http.ResolveAsync("4711")).Id));
    }

    /// <summary>Lets time pass for the keys, including those the node has cached.</summary>
    private static Task<int> AgeAsync(TestedDatabase database, TimeSpan by) =>
        database.ExecuteAsync(
            "update signing_keys set signs_from = signs_from - "
                + (database.Name == "sqlite" ? $"{(long)by.TotalMicroseconds}" : $"interval '{(long)by.TotalSeconds} seconds'")
        );

    private static async Task<List<string>> PublishedAsync(TestedDatabase database) =>
        [
            .. (await database.Node.Services.GetRequiredService<SigningKeys>().ReadPublishedAsync(CancellationToken.None)).Select(
                key => key.Kid
            ),
        ];

    private static Task<int> PurgeAsync(TestedDatabase database) =>
        database.Node.Services.GetRequiredService<SigningKeys>().PurgeAsync(JobRun.PerNode, CancellationToken.None);

    private static string KeyOf(string token) => (string)SessionSupport.HeaderOf(token)["kid"]!;
}
