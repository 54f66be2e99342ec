using System.Net;
using System.Net.Http.Headers;
using Hatcheck.Access.Callers;
using Hatcheck.Contracts;
using Hatcheck.People.Preferences;
using Hatcheck.People.Privacy;
using Hatcheck.People.Usage;
using Hatcheck.People.Users;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.ServerKit.Http;
using Hatcheck.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Access.Tests;

public sealed class ApiKeyOnSqlite(OnSqlite database) : ApiKeyTests(database), IClassFixture<OnSqlite>;

public sealed class ApiKeyOnPostgres(OnPostgres database) : ApiKeyTests(database), IClassFixture<OnPostgres>;

public abstract class ApiKeyTests(TestedDatabase database)
{
    [Fact]
    public async Task Without_a_good_key_every_answer_is_the_same_401()
    {
        var tenant = await database.Node.NewTenantAsync();
        var other = await database.Node.NewTenantAsync();
        var swapped = tenant.Key[^1] == 'A' ? 'B' : 'A';
        string?[] headers =
        [
            null,
            "",
            "Bearer",
            "Bearer ",
            $"Basic {tenant.Key}",
            tenant.Key,
            $"Bearer {tenant.Key[..^1]}{swapped}",
            $"Bearer {tenant.Key}x",
            $"Bearer {tenant.Key[..40]}",
            // Unknown, although form and checksum are right.
            $"Bearer {ApiKeyText.Create(tenant.Id, demo: false)}",
            $"Bearer {ApiKeyText.Create(Guid.NewGuid(), demo: false)}",
            $"Bearer hck_live_{new string('z', 71)}",
            $"Bearer {other.Key[..31]}{tenant.Key[31..]}",
            $"Bearer {tenant.Key.ToUpperInvariant()}",
            $"Bearer {tenant.Key}, Bearer {tenant.Key}",
        ];
        using var http = database.Node.Client();
        foreach (var header in headers)
        {
            foreach (var path in new[] { "/tenant", $"/users/{Guid.NewGuid()}", "/no/such/place" })
            {
                var request = new HttpRequestMessage(HttpMethod.Get, path);
                if (header is not null)
                    request.Headers.TryAddWithoutValidation("Authorization", header).ShouldBeTrue();
                var problem = await http.SendAsync(request).ShouldFailAsync(401, ProblemCodes.Unauthenticated);
                problem.Errors.ShouldBeNull();
            }
        }

        using var response = await http.GetAsync("/tenant");
        response.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer");
        (await tenant.Http.GetAsync("/tenant").ReadAsync<TenantResponse>()).Id.ShouldBe(tenant.Id);
    }

    [Fact]
    public async Task The_scheme_is_read_in_any_case()
    {
        var tenant = await database.Node.NewTenantAsync();
        using var http = database.Node.Client();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("bearer", tenant.Key);
        (await http.GetAsync("/tenant")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_revoked_key_is_dead_at_once_on_every_node()
    {
        var tenant = await database.Node.NewTenantAsync();
        var second = await database.StartNodeAsync();
        var clients = new[] { tenant.Http, second.Client(tenant.Key) };
        foreach (var client in clients)
            (await client.GetAsync("/tenant")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (
            await second
                .Services.GetRequiredService<ApiKeys>()
                .RevokeAsync(Grantor.Operator(tenant.Id, Actor.Operator(1000)), tenant.KeyId, CancellationToken.None)
        ).OrThrow();
        foreach (var client in clients)
            await client.GetAsync("/tenant").ShouldFailAsync(401, ProblemCodes.Unauthenticated);
        // The other key of a rotation stays valid.
        var next = await database.Node.NewKeyAsync(tenant.Id, "test", Composition.Permissions.Names);
        (await second.Client(next.Key).GetAsync("/tenant")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Another_tenants_operator_cannot_revoke_a_key()
    {
        var tenant = await database.Node.NewTenantAsync();
        var other = await database.Node.NewTenantAsync();
        (
            await database
                .Node.Services.GetRequiredService<ApiKeys>()
                .RevokeAsync(Grantor.Operator(other.Id, Actor.Operator(1000)), tenant.KeyId, CancellationToken.None)
        ).ShouldBe((Outcome<Guid>)new AccessRefusal.NoSuchKey());
        (await tenant.Http.GetAsync("/tenant")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_key_is_dead_from_the_instant_at_which_it_expires()
    {
        var time = new PassingTime(database);
        var node = await time.StartNodeAsync();
        var tenant = await node.NewTenantAsync();
        var key = (await node.NewKeyAsync(tenant.Id, "short", Composition.Permissions.Names, TimeSpan.FromHours(1))).Key;
        using var http = node.Client(key);
        await time.PassAsync(TimeSpan.FromHours(1) - time.Moment, "api_keys.expires_at");
        (await http.GetAsync("/tenant")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await time.PassAsync(time.Moment, "api_keys.expires_at");
        await http.GetAsync("/tenant").ShouldFailAsync(401, ProblemCodes.Unauthenticated);
    }

    [Fact]
    public async Task A_key_without_the_scope_is_told_which_one_it_lacks_and_changes_nothing()
    {
        var full = await database.Node.NewTenantAsync();
        var user = (await full.Http.ResolveAsync("4711")).Id;
        var identity = Guid.NewGuid();
        (HttpMethod Method, string Path, string Body, string Scope)[] calls =
        [
            (HttpMethod.Post, "/users/resolve", """{"channel":"telegram","id":"1"}""", UserPermissions.Write),
            (HttpMethod.Post, "/users/find", """{"channel":"telegram","id":"1"}""", UserPermissions.Read),
            (HttpMethod.Get, $"/users/{user}", "", UserPermissions.Read),
            (HttpMethod.Get, $"/users/by-telegram/{new string('0', 64)}", "", UserPermissions.Read),
            (HttpMethod.Post, $"/users/{user}/identities", """{"channel":"telegram","id":"1"}""", UserPermissions.Write),
            (HttpMethod.Delete, $"/users/{user}/identities/{identity}", "", UserPermissions.Write),
            (HttpMethod.Post, $"/users/{user}/link-codes", "", UserPermissions.Write),
            (HttpMethod.Post, $"/users/{user}/merge", """{"code":"0123456789"}""", UserPermissions.Write),
            (HttpMethod.Post, $"/users/{user}/usage", """{"action":"a"}""", UsagePermissions.Write),
            (HttpMethod.Get, $"/users/{user}/usage", "", UsagePermissions.Read),
            (HttpMethod.Get, $"/users/{user}/preferences", "", PreferencePermissions.Read),
            (HttpMethod.Get, $"/users/{user}/preferences/history", "", PreferencePermissions.Read),
            (HttpMethod.Put, $"/users/{user}/preferences", "{}", PreferencePermissions.Write),
            (HttpMethod.Patch, $"/users/{user}/preferences", "{}", PreferencePermissions.Write),
            (HttpMethod.Post, $"/users/{user}/preferences/reset", "{}", PreferencePermissions.Write),
            (HttpMethod.Post, $"/users/{user}/preferences/rollback", """{"version":0}""", PreferencePermissions.Write),
            (HttpMethod.Get, "/preferences/schema", "", PreferencePermissions.Read),
            (HttpMethod.Put, "/preferences/schema", "{}", PreferencePermissions.Admin),
            (HttpMethod.Post, "/preferences/schema/migrate", "", PreferencePermissions.Admin),
            (HttpMethod.Get, $"/users/{user}/sessions", "", AccessPermissions.SessionsRead),
            (HttpMethod.Delete, $"/users/{user}/sessions", "", AccessPermissions.SessionsWrite),
            (HttpMethod.Post, $"/users/{user}/sessions", "{}", AccessPermissions.SessionsIssue),
            (HttpMethod.Get, $"/users/{user}/summary", "", PrivacyPermissions.Export),
            (HttpMethod.Get, $"/users/{user}/export", "", PrivacyPermissions.Export),
            (HttpMethod.Delete, $"/users/{user}?confirm=true", "", UserPermissions.Erase),
        ];
        var keys = new Dictionary<string, HttpClient>(StringComparer.Ordinal);
        foreach (var scope in StaffSupport.Roles.Get(BuiltInRole.Service).Permissions)
        {
            var made = await database.Node.NewKeyAsync(
                full.Id,
                $"all-but-{scope.Replace(':', '-')}",
                [.. Composition.Permissions.Names.Where(other => other != scope)]
            );
            keys[scope] = database.Node.Client(made.Key);
        }

        var before = await database.CountAsync();
        foreach (var (method, path, body, scope) in calls)
        {
            var request = new HttpRequestMessage(method, path)
            {
                Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
            };
            (await keys[scope].SendAsync(request).ShouldFailAsync(403, ProblemCodes.MissingScope)).Detail!.ShouldContain(scope);
        }

        (await database.CountAsync()).ShouldBe(before);
        calls
            .Select(call => call.Scope)
            .Distinct(StringComparer.Ordinal)
            .ShouldBe(StaffSupport.Roles.Get(BuiltInRole.Service).Permissions, ignoreOrder: true);
    }

    [Fact]
    public async Task A_demo_key_opens_nothing_unless_every_address_is_loopback()
    {
        var tenant = await database.Node.NewTenantAsync();
        var key = (await database.Node.NewKeyAsync(tenant.Id, "demo", Composition.Permissions.Names, demo: true)).Key;
        key.ShouldStartWith("hck_demo_");
        (await database.Node.Client(key).GetAsync("/tenant")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var exposed = await database.StartNodeAsync(services => services.AddSingleton(new DemoKeys(false)));
        await exposed.Client(key).GetAsync("/tenant").ShouldFailAsync(401, ProblemCodes.Unauthenticated);
        (await exposed.Client(tenant.Key).GetAsync("/tenant")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task When_a_key_was_last_used_is_written_down_later_and_never_set_back()
    {
        var time = new ManualTime();
        var node = await database.StartNodeAsync(services => services.AddSingleton<TimeProvider>(time));
        var tenant = await node.NewTenantAsync();
        var keys = node.Services.GetRequiredService<ApiKeys>();
        var use = node.Services.GetRequiredService<ApiKeyUse>();
        await tenant.Http.GetAsync("/tenant");
        (await keys.ListAsync(tenant.Id, CancellationToken.None)).Single().LastUsedAt.ShouldBeNull();
        var first = time.GetUtcNow();
        await use.FlushAsync(CancellationToken.None);
        (await keys.ListAsync(tenant.Id, CancellationToken.None)).Single().LastUsedAt.ShouldBe(first);
        time.Advance(TimeSpan.FromMinutes(-5));
        await tenant.Http.GetAsync("/tenant");
        await use.FlushAsync(CancellationToken.None);
        (await keys.ListAsync(tenant.Id, CancellationToken.None)).Single().LastUsedAt.ShouldBe(first);
    }

    [Fact]
    public async Task Health_and_the_document_need_no_key_and_look_at_none()
    {
        using var http = database.Node.Client("not a key");
        foreach (var path in new[] { "/health/live", "/health/ready", "/openapi/v1.json" })
            (await http.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.OK, path);
    }

    [Fact]
    public async Task Only_the_hash_of_a_key_is_stored()
    {
        var tenant = await database.Node.NewTenantAsync();
        (
            await database.ScalarAsync(
                $"select count(*) from api_keys where hint = '{tenant.Key[^4..]}' "
                    + $"and lower(cast(key_id as text)) = '{tenant.KeyId}'"
            )
        ).ShouldBe(1);
        tenant.Key.Length.ShouldBe(80);
    }
}
