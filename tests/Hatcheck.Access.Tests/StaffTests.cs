using System.Net;
using Hatcheck.Access.Staff;
using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Access.Tests;

public sealed class StaffOnSqlite(OnSqlite database) : StaffTests(database), IClassFixture<OnSqlite>;

public sealed class StaffOnPostgres(OnPostgres database) : StaffTests(database), IClassFixture<OnPostgres>;

/// <summary>Roles, members and keys: who may grant which permissions.</summary>
public abstract class StaffTests(TestedDatabase database)
{
    private const string Nina =
        """{"display_name":"Nina Neu","email":"nina@example.com","issuer":"staff","subject":"user_nina","roles":["support"]}""";

    [Fact]
    public async Task A_member_is_added_shown_changed_and_removed()
    {
        var (tenant, node) = await StartAsync();
        var (owner, ownerId) = await node.SignedInAsync(tenant.Id, "owner");
        var added = await owner.PostJsonAsync("/members", Nina).ReadAsync<MemberResponse>(HttpStatusCode.Created);
        (added.DisplayName, added.Email, added.Issuer, added.Subject).ShouldBe(
            ("Nina Neu", "nina@example.com", "staff", "user_nina")
        );
        await owner.PostJsonAsync("/members", Nina).ShouldFailAsync(409, ProblemCodes.MemberExists);
        var read = await owner.GetAsync($"/members/{added.Id}").ReadAsync<MemberResponse>();
        read.Roles.ShouldBe(["support"]);
        read.DisplayName.ShouldBe("Nina Neu");
        var changed = await owner
            .PutJsonAsync($"/members/{added.Id}", """{"display_name":"Nina N.","roles":["finance","auditor"]}""")
            .ReadAsync<MemberResponse>();
        (changed.DisplayName, changed.Email, changed.Subject).ShouldBe(("Nina N.", null, "user_nina"));
        (await owner.GetAsync("/members").ReadAsync<MemberPage>())
            .Items.Select(member => member.Id)
            .ShouldBe([ownerId, added.Id], ignoreOrder: true);
        (await owner.GetAsync($"/members/{added.Id}").ReadAsync<MemberResponse>()).Roles.ShouldBe(["auditor", "finance"]);
        (await owner.DeleteAsync($"/members/{added.Id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await owner.GetAsync($"/members/{added.Id}").ShouldFailAsync(404, ProblemCodes.MemberNotFound);
        (await database.CountOfAsync("user_keys", added.Id)).ShouldBe(0);
        await node.Client(ActingCallers.AsMember(tenant.Id, added.Id))
            .GetAsync("/me")
            .ShouldFailAsync(401, ProblemCodes.Unauthenticated);
    }

    [Fact]
    public async Task Nothing_that_says_who_a_member_is_stands_readable_in_the_database()
    {
        var (tenant, node) = await StartAsync();
        var (owner, _) = await node.SignedInAsync(tenant.Id, "owner");
        var member = await owner.PostJsonAsync("/members", Nina).ReadAsync<MemberResponse>(HttpStatusCode.Created);
        await owner
            .PutJsonAsync(
                $"/members/{member.Id}",
                """{"display_name":"Nina Neu","email":"nina@example.com","roles":["support"]}"""
            )
            .ReadAsync<MemberResponse>();
        var canaries = new Canaries();
        foreach (var value in new[] { "Nina Neu", "nina@example.com", "user_nina" })
            canaries.Plant(value, value);
        await using var behind = await database.OpenAsync();
        foreach (var table in new[] { "members", "member_roles", "audit_pending", "user_keys" })
        {
            var rows =
                database.Name == "sqlite"
                    ? await behind.RowsAsync($"select * from {table}")
                    : await behind.RowsAsync($"select t::text from {table} t");
            foreach (var row in rows)
                canaries.FoundIn(row).ShouldBeEmpty(table);
        }

        await using var command = behind.CreateCommand();
        command.CommandText = "select profile from members";
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            canaries.FoundIn(reader.GetFieldValue<byte[]>(0)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Nobody_grants_what_they_do_not_hold()
    {
        var (tenant, node) = await StartAsync();
        var (manager, managerId) = await node.SignedInAsync(tenant.Id, "manager");
        var (builder, _) = await node.SignedInAsync(
            tenant.Id,
            await NewRoleAsync(node, tenant.Id, "builder", "roles:write", "apikeys:write", "users:read")
        );
        var before = await database.CountAsync();
        var refused = await manager
            .PostJsonAsync("/members", Nina.Replace("support", "owner"))
            .ShouldFailAsync(403, ProblemCodes.NotHeld);
        refused.Detail!.ShouldContain("roles:write");
        await manager
            .PutJsonAsync($"/members/{managerId}", """{"display_name":"M","roles":["manager","owner"]}""")
            .ShouldFailAsync(403, ProblemCodes.NotHeld);
        await builder
            .PostJsonAsync("/roles", """{"name":"wide","permissions":["users:read","users:erase"]}""")
            .ShouldFailAsync(403, ProblemCodes.NotHeld);
        await builder
            .PutJsonAsync("/roles/builder", """{"permissions":["members:write"]}""")
            .ShouldFailAsync(403, ProblemCodes.NotHeld);
        await builder
            .PostJsonAsync("/api-keys", """{"name":"k","permissions":["export:read"]}""")
            .ShouldFailAsync(403, ProblemCodes.NotHeld);
        // A key that may create keys has the same limits.
        var maker = node.Client((await node.NewKeyAsync(tenant.Id, "maker", ["apikeys:write", "members:write"])).Key);
        before["api_keys"]++;
        before["audit_pending"]++;
        await maker
            .PostJsonAsync("/api-keys", """{"name":"k","permissions":["users:read"]}""")
            .ShouldFailAsync(403, ProblemCodes.NotHeld);
        await maker.PostJsonAsync("/members", Nina).ShouldFailAsync(403, ProblemCodes.NotHeld);
        (await database.CountAsync()).ShouldBe(before);

        var key = await builder
            .PostJsonAsync("/api-keys", """{"name":"k","permissions":["users:read"],"expires_in_days":1}""")
            .ReadAsync<NewApiKeyResponse>(HttpStatusCode.Created);
        (await node.Client(key.Key).GetAsync("/me").ReadAsync<CallerResponse>()).Permissions.ShouldBe([
            "tenant:read",
            "users:read",
        ]);
        (await manager.PostJsonAsync("/members", Nina).ReadAsync<MemberResponse>(HttpStatusCode.Created)).Roles.ShouldBe([
            "support",
        ]);
    }

    [Fact]
    public async Task Nobody_changes_or_removes_a_member_or_a_role_above_them()
    {
        var (tenant, node) = await StartAsync();
        var (manager, _) = await node.SignedInAsync(tenant.Id, "manager");
        var owner = await node.NewMemberAsync(tenant.Id, "owner");
        await node.NewMemberAsync(tenant.Id, "owner");
        await manager.DeleteAsync($"/members/{owner.Id}").ShouldFailAsync(403, ProblemCodes.NotHeld);
        await manager
            .PutJsonAsync($"/members/{owner.Id}", """{"display_name":"X","roles":["support"]}""")
            .ShouldFailAsync(403, ProblemCodes.NotHeld);
        await NewRoleAsync(node, tenant.Id, "wide", "users:erase", "usage:write");
        var (builder, _) = await node.SignedInAsync(
            tenant.Id,
            await NewRoleAsync(node, tenant.Id, "builder", "roles:write", "users:read")
        );
        await builder
            .PutJsonAsync("/roles/wide", """{"permissions":["users:read"]}""")
            .ShouldFailAsync(403, ProblemCodes.NotHeld);
        await builder.DeleteAsync("/roles/wide").ShouldFailAsync(403, ProblemCodes.NotHeld);
    }

    [Fact]
    public async Task The_last_owner_stays_also_when_two_remove_each_other_at_once()
    {
        var (tenant, node) = await StartAsync();
        var second = await database.StartNodeAsync(ActingCallers.Add);
        for (var round = 0; round < 5; round++)
        {
            var (first, firstId) = await node.SignedInAsync(tenant.Id, "owner");
            var (_, otherId) = await node.SignedInAsync(tenant.Id, "owner");
            var other = second.Client(ActingCallers.AsMember(tenant.Id, otherId));
            var answers = await Task.WhenAll(
                first.DeleteAsync($"/members/{otherId}"),
                other.PutJsonAsync($"/members/{firstId}", """{"display_name":"X","roles":["support"]}""")
            );
            answers.Count(answer => answer.IsSuccessStatusCode).ShouldBe(1);
            (
                await database.ScalarAsync(
                    $"select count(*) from member_roles where role = 'owner' and lower(cast(tenant_id as text)) = '{tenant.Id}'"
                )
            ).ShouldBe(1);
            var (left, leftId) = answers[0].IsSuccessStatusCode ? (first, firstId) : (other, otherId);
            await left.DeleteAsync($"/members/{leftId}").ShouldFailAsync(409, ProblemCodes.LastOwner);
            await left.PutJsonAsync($"/members/{leftId}", """{"display_name":"X","roles":["manager"]}""")
                .ShouldFailAsync(409, ProblemCodes.LastOwner);
            // Once there is another owner, this one may be removed.
            var (_, heir) = await node.SignedInAsync(tenant.Id, "owner");
            (await left.DeleteAsync($"/members/{leftId}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
            await RemoveLastAsync(heir);
        }

        Task RemoveLastAsync(Guid heir) =>
            database.ExecuteAsync($"delete from member_roles where role = 'owner' and lower(cast(member_id as text)) = '{heir}'");
    }

    [Fact]
    public async Task Changes_of_one_tenants_staff_take_turns()
    {
        var (tenant, node) = await StartAsync();
        var second = await database.StartNodeAsync(ActingCallers.Add);
        var member = await node.NewMemberAsync(tenant.Id, "support");
        var by = Grantor.Operator(tenant.Id, Actor.Operator(1000));
        var (held, free) = (new TaskCompletionSource(), new TaskCompletionSource());
        var first = node
            .Services.GetRequiredService<StaffChanges>()
            .RunAsync<int>(
                by,
                async (_, _) =>
                {
                    held.TrySetResult();
                    await free.Task;
                    return 0;
                },
                default
            );
        await held.Task;
        // On its own thread: SQLite blocks the thread while it waits for the file.
        var removing = Task.Run(() => second.Services.GetRequiredService<Members>().RemoveAsync(by, member.Id, default));
        var waits = await database.WaitsAsync(removing);
        free.SetResult();
        (await first).Refusal.ShouldBeNull();
        (await removing).OrThrow().Id.ShouldBe(member.Id);
        waits.ShouldBeTrue();
    }

    [Fact]
    public async Task A_role_that_is_changed_or_taken_away_changes_what_members_may_at_once_on_every_node()
    {
        var (tenant, node) = await StartAsync();
        var second = await database.StartNodeAsync(ActingCallers.Add);
        var (owner, _) = await node.SignedInAsync(tenant.Id, "owner");
        await owner
            .PostJsonAsync("/roles", """{"name":"desk","permissions":["users:read"]}""")
            .ReadAsync<RoleResponse>(HttpStatusCode.Created);
        var member = await node.NewMemberAsync(tenant.Id, "desk");
        var client = second.Client(ActingCallers.AsMember(tenant.Id, member.Id));
        (await client.GetAsync("/me").ReadAsync<CallerResponse>()).Permissions.ShouldBe(["tenant:read", "users:read"]);
        await owner.PutJsonAsync("/roles/desk", """{"permissions":["usage:read"]}""").ReadAsync<RoleResponse>();
        (await client.GetAsync("/me").ReadAsync<CallerResponse>()).Permissions.ShouldBe(["tenant:read", "usage:read"]);
        await owner.DeleteAsync("/roles/desk").ShouldFailAsync(409, ProblemCodes.RoleInUse);
        await owner
            .PutJsonAsync($"/members/{member.Id}", """{"display_name":"X","roles":["finance"]}""")
            .ReadAsync<MemberResponse>();
        (await client.GetAsync("/me").ReadAsync<CallerResponse>()).Permissions.ShouldBe(["tenant:read", "users:read"]);
        (await owner.DeleteAsync("/roles/desk")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await owner.GetAsync("/roles/desk").ShouldFailAsync(404, ProblemCodes.RoleNotFound);
    }

    [Fact]
    public async Task Who_was_demoted_while_their_request_was_under_way_grants_nothing()
    {
        var (tenant, node) = await StartAsync();
        var member = await node.NewMemberAsync(tenant.Id, "support");
        // As if read a moment ago, when the member was an owner.
        var stale = new Grantor(
            tenant.Id,
            Actor.Member(member.Id),
            Composition.Permissions.Held(Composition.Permissions.Names),
            member.Id
        );
        var added = await node
            .Services.GetRequiredService<Members>()
            .AddAsync(stale, new MemberProfile("X", null, "x"), "staff", ["owner"], default);
        added.ShouldBeOfType<Outcome<MemberResponse>.Refused>().Why.ShouldBeOfType<AccessRefusal.NotHeld>();
        // Nor permissions that they still hold: they may no longer add members.
        added = await node
            .Services.GetRequiredService<Members>()
            .AddAsync(stale, new MemberProfile("X", null, "x"), "staff", ["support"], default);
        added
            .ShouldBeOfType<Outcome<MemberResponse>.Refused>()
            .Why.ShouldBeOfType<AccessRefusal.NotHeld>()
            .Permissions.ShouldBe(["members:write"]);
        (
            await node.Services.GetRequiredService<CustomRoles>().AddAsync(stale, "r", ["users:read"], default)
        ).ShouldBeOfType<Outcome<Role>.Refused>();
        (
            await node.Services.GetRequiredService<ApiKeys>().AddAsync(stale, "k", ["users:read"], null, demo: false, default)
        ).ShouldBeOfType<Outcome<CreatedApiKey>.Refused>();
        (
            await node.Services.GetRequiredService<ApiKeys>().AddAsync(stale, "k", ["export:read"], null, demo: false, default)
        ).ShouldBeOfType<Outcome<CreatedApiKey>.Refused>();
    }

    [Fact]
    public async Task Built_in_roles_stay_and_own_ones_are_listed_after_them()
    {
        var (tenant, node) = await StartAsync();
        var (owner, _) = await node.SignedInAsync(tenant.Id, "owner");
        foreach (var role in StaffSupport.Roles.All)
        {
            await owner
                .PutJsonAsync($"/roles/{role.Name}", """{"permissions":["users:read"]}""")
                .ShouldFailAsync(409, ProblemCodes.RoleBuiltIn);
            await owner.DeleteAsync($"/roles/{role.Name}").ShouldFailAsync(409, ProblemCodes.RoleBuiltIn);
            await owner
                .PostJsonAsync("/roles", $$"""{"name":"{{role.Name}}","permissions":["users:read"]}""")
                .ShouldFailAsync(409, ProblemCodes.RoleExists);
        }

        await NewRoleAsync(node, tenant.Id, "b", "users:read");
        await NewRoleAsync(node, tenant.Id, "a-1", "users:read");
        await NewRoleAsync(node, tenant.Id, "a.1", "users:read");
        var roles = (await owner.GetAsync("/roles").ReadAsync<RoleList>()).Items;
        roles.Select(role => role.Name).ShouldBe([.. StaffSupport.Roles.All.Select(role => role.Name), "a-1", "a.1", "b"]);
        roles.Count(role => role.BuiltIn).ShouldBe(8);
        // These roles are for keys and users, not for members.
        foreach (var name in new[] { "service", "customer", "no-such" })
            await owner.PostJsonAsync("/members", Nina.Replace("support", name)).ShouldFailAsync(422, ProblemCodes.Invalid);
    }

    [Fact]
    public async Task Every_change_is_recorded_with_who_made_it()
    {
        var (tenant, node) = await StartAsync();
        var (owner, id) = await node.SignedInAsync(tenant.Id, "owner");
        await owner
            .PostJsonAsync("/roles", """{"name":"desk","permissions":["usage:read","users:read"]}""")
            .ReadAsync<RoleResponse>(HttpStatusCode.Created);
        await owner.PutJsonAsync("/roles/desk", """{"permissions":["users:read"]}""").ReadAsync<RoleResponse>();
        await owner.DeleteAsync("/roles/desk");
        var member = await owner.PostJsonAsync("/members", Nina).ReadAsync<MemberResponse>(HttpStatusCode.Created);
        await owner
            .PutJsonAsync($"/members/{member.Id}", """{"display_name":"N","roles":["finance"]}""")
            .ReadAsync<MemberResponse>();
        await owner.DeleteAsync($"/members/{member.Id}");
        var key = await owner
            .PostJsonAsync("/api-keys", """{"name":"k","permissions":["users:read"]}""")
            .ReadAsync<NewApiKeyResponse>(HttpStatusCode.Created);
        (await owner.DeleteAsync($"/api-keys/{key.ApiKey.Id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await owner.DeleteAsync($"/api-keys/{key.ApiKey.Id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await owner.DeleteAsync($"/api-keys/{Guid.NewGuid()}").ShouldFailAsync(404, ProblemCodes.ApiKeyNotFound);
        await using var behind = await database.OpenAsync();
        (
            await behind.RowsAsync(
                $"select act || ' ' || subject from audit_pending where actor = 'member:{id:N}' order by at, act"
            )
        ).ShouldBe(
            [
                "role.add role:desk users:read usage:read",
                "role.change role:desk users:read",
                "role.remove role:desk",
                $"member.add member:{member.Id:N} support",
                $"member.change member:{member.Id:N} finance",
                $"member.remove member:{member.Id:N}",
                $"apikey.add key:{key.ApiKey.Id:N} users:read",
                $"apikey.revoke key:{key.ApiKey.Id:N}",
            ],
            ignoreOrder: true
        );
        await node.Client(key.Key).GetAsync("/me").ShouldFailAsync(401, ProblemCodes.Unauthenticated);
    }

    [Fact]
    public async Task Members_and_keys_are_read_page_by_page()
    {
        var (tenant, node) = await StartAsync();
        var other = await node.NewTenantAsync();
        var (owner, ownerId) = await node.SignedInAsync(tenant.Id, "owner");
        var members = new List<Guid> { ownerId };
        var keys = new List<Guid> { tenant.KeyId };
        for (var i = 0; i < 6; i++)
        {
            members.Add((await node.NewMemberAsync(tenant.Id, "support", "finance")).Id);
            await node.NewMemberAsync(other.Id, "support");
            keys.Add((await node.NewKeyAsync(tenant.Id, $"k{i}", ["users:read"])).View.Id);
        }

        var seen = new List<Guid>();
        string? cursor = null;
        do
        {
            var page = await owner
                .GetAsync($"/members?limit=3{(cursor is null ? "" : $"&cursor={cursor}")}")
                .ReadAsync<MemberPage>();
            seen.AddRange(page.Items.Select(member => member.Id));
            cursor = page.NextCursor;
        } while (cursor is not null);
        seen.ShouldBe(members, ignoreOrder: true);
        seen.Clear();
        do
        {
            var page = await owner
                .GetAsync($"/api-keys?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}")
                .ReadAsync<ApiKeyPage>();
            seen.AddRange(page.Items.Select(key => key.Id));
            cursor = page.NextCursor;
        } while (cursor is not null);
        seen.ShouldBe(keys, ignoreOrder: true);
        await owner.GetAsync("/members?limit=0").ShouldFailAsync(422, ProblemCodes.Invalid);
        await owner.GetAsync("/api-keys?cursor=x").ShouldFailAsync(422, ProblemCodes.Invalid);
    }

    [Theory]
    [InlineData("display_name", "\"\"")]
    [InlineData("display_name", "\"  \"")]
    [InlineData("display_name", "\"a\\nb\"")]
    [InlineData("display_name", "\"a\\u0000\"")]
    [InlineData("display_name", "null")]
    [InlineData("email", "\"anna\"")]
    [InlineData("email", "\"a@b@c.de\"")]
    [InlineData("issuer", "\"Staff Issuer\"")]
    [InlineData("subject", "\"\"")]
    [InlineData("subject", "\"\\u00fcser\"")]
    [InlineData("subject", "\"a b\"")]
    [InlineData("roles", "[]")]
    [InlineData("roles", "[null]")]
    [InlineData("roles", "[\"support\",\"support\"]")]
    [InlineData("roles", "[\"Owner\"]")]
    public async Task A_member_whose_data_are_wrong_is_refused_with_the_field(string field, string value)
    {
        var (tenant, node) = await StartAsync();
        var (owner, _) = await node.SignedInAsync(tenant.Id, "owner");
        var body = System.Text.Json.Nodes.JsonNode.Parse(Nina)!;
        body[field] = System.Text.Json.Nodes.JsonNode.Parse(value);
        (
            await owner.PostJsonAsync("/members", body.ToJsonString()).ShouldFailAsync(422, ProblemCodes.Invalid)
        ).Errors!.Keys.ShouldBe([field]);
    }

    [Fact]
    public async Task A_role_that_there_is_not_is_answered_with_those_that_there_are_and_never_with_what_was_sent()
    {
        const string Number = "491701234567";
        var (tenant, node) = await StartAsync();
        var (owner, id) = await node.SignedInAsync(tenant.Id, "owner");
        await NewRoleAsync(node, tenant.Id, "desk", "users:read");
        (string, string)[] wrong =
        [
            ("suport", " Did you mean support?"),
            ("dsk", " Did you mean desk?"),
            (Number, ""),
            ("customer", ""),
        ];
        foreach (var (typed, near) in wrong)
        {
            var body = $$"""{"display_name":"N","roles":["{{typed}}"]""";
            var problems = new[]
            {
                await owner
                    .PostJsonAsync("/members", $$"""{{body}},"issuer":"staff","subject":"u"}""")
                    .ShouldFailAsync(422, ProblemCodes.Invalid),
                await owner.PutJsonAsync($"/members/{id}", $$"""{{body}}}""").ShouldFailAsync(422, ProblemCodes.Invalid),
            };
            foreach (var problem in problems)
            {
                var told = problem.Errors!["roles"].ShouldHaveSingleItem();
                told.ShouldMatch(@"^No role for members has this name: there are owner [a-z -]* desk\.");
                told.ShouldEndWith($" desk.{near}");
                told.ShouldNotContain(typed);
                $"{problem.Detail}".ShouldNotContain(typed);
            }
        }

        var missing = new[]
        {
            await owner.GetAsync($"/roles/{Number}").ShouldFailAsync(404, ProblemCodes.RoleNotFound),
            await owner.DeleteAsync($"/roles/{Number}").ShouldFailAsync(404, ProblemCodes.RoleNotFound),
            await owner
                .PutJsonAsync($"/roles/{Number}", """{"permissions":["users:read"]}""")
                .ShouldFailAsync(404, ProblemCodes.RoleNotFound),
        };
        foreach (var problem in missing)
        {
            var told = problem.Detail.ShouldNotBeNull();
            told.ShouldMatch("^The tenant has no such role: there are owner [a-z -]* customer [a-z -]*desk\\.$");
            told.ShouldNotContain(Number);
        }
    }

    private async Task<(TestTenant Tenant, Node Node)> StartAsync()
    {
        var node = await database.StartNodeAsync(ActingCallers.Add);
        return (await node.NewTenantAsync(), node);
    }

    private static async Task<string> NewRoleAsync(Node node, Guid tenant, string name, params string[] permissions) =>
        (
            await node
                .Services.GetRequiredService<CustomRoles>()
                .AddAsync(Grantor.Operator(tenant, Actor.Operator(1000)), name, permissions, default)
        )
            .OrThrow()
            .Name;
}
