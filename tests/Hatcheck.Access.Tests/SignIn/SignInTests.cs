using System.Net;
using Hatcheck.Access.Staff;
using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.SignIn;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Access.Tests.SignIn;

public sealed class SignInOnSqlite(OnSqlite database) : SignInTests(database), IClassFixture<OnSqlite>;

public sealed class SignInOnPostgres(OnPostgres database) : SignInTests(database), IClassFixture<OnPostgres>;

/// <summary>From a valid token to a user or a member.</summary>
public abstract class SignInTests(TestedDatabase database)
{
    [Fact]
    public async Task A_subject_becomes_one_user_however_many_ask_at_once()
    {
        await using var world = await SignInWorld.StartAsync(database);
        var http = world.Node.Client(world.Forge.Good("many"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => http.GetAsync("/me").ReadAsync<CallerResponse>()));
        var user = answers.Select(answer => answer.Id).Distinct().Single();
        (await http.GetAsync($"/users/{user}").ReadAsync<UserResponse>())
            .Identities.Single()
            .ShouldSatisfyAllConditions(
                identity => identity.Channel.ShouldBe("external"),
                identity => identity.Kind.ShouldBe("people"),
                identity => identity.BlindOnly.ShouldBeFalse()
            );
        (await world.Tenant.Http.GetAsync($"/users/{user}")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_token_opens_the_tenant_of_its_issuer_and_no_other()
    {
        await using var world = await SignInWorld.StartAsync(database);
        var mine = await MeAsync(world, world.Forge.Good());
        var theirs = await MeAsync(world, world.OthersForge.Good());
        (mine.TenantId, theirs.TenantId).ShouldBe((world.Tenant.Id, world.Other.Id));
        mine.Id.ShouldNotBe(theirs.Id);
        await world
            .Node.Client(world.Forge.Good())
            .GetAsync($"/users/{theirs.Id}")
            .ShouldFailAsync(404, ProblemCodes.UserNotFound);
        await world
            .Node.Client(world.OthersForge.Good())
            .GetAsync($"/users/{mine.Id}")
            .ShouldFailAsync(404, ProblemCodes.UserNotFound);
        await world.Other.Http.GetAsync($"/users/{mine.Id}").ShouldFailAsync(404, ProblemCodes.UserNotFound);
    }

    [Fact]
    public async Task A_signed_in_person_merges_with_their_messenger_and_is_then_that_user()
    {
        await using var world = await SignInWorld.StartAsync(database);
        var http = world.Node.Client(world.Forge.Good("anna"));
        var before = (await http.GetAsync("/me").ReadAsync<CallerResponse>()).Id;
        var telegram = await world.Tenant.Http.ResolveAsync("4711");
        var code = await world
            .Tenant.Http.PostJsonAsync($"/users/{telegram.Id}/link-codes", "")
            .ReadAsync<LinkCodeResponse>(HttpStatusCode.Created);
        await http.PostJsonAsync($"/users/{before}/merge", $$"""{"code":"{{code.Code}}"}""").ReadAsync<UserResponse>();
        (await http.GetAsync("/me").ReadAsync<CallerResponse>()).Id.ShouldBe(telegram.Id);
        var user = await http.GetAsync($"/users/{before}").ReadAsync<UserResponse>();
        user.MergedInto.ShouldBe(telegram.Id);
        // Unlinked, the subject is unknown again; the user continues through the messenger.
        var external = user.Identities.Single(identity => identity.Channel == "external");
        (await http.DeleteAsync($"/users/{telegram.Id}/identities/{external.Id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await http.GetAsync("/me").ReadAsync<CallerResponse>()).Id.ShouldNotBe(telegram.Id);
        (await world.Tenant.Http.ResolveAsync("4711")).Id.ShouldBe(telegram.Id);
    }

    [Fact]
    public async Task Who_was_deleted_signs_in_as_nobody_and_as_themself_again_once_restored()
    {
        await using var world = await SignInWorld.StartAsync(database);
        var http = world.Node.Client(world.Forge.Good("anna"));
        var user = (await http.GetAsync("/me").ReadAsync<CallerResponse>()).Id;
        (await http.DeleteAsync($"/users/{user}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await http.GetAsync("/me").ShouldFailAsync(401, ProblemCodes.Unauthenticated);
        await http.PostJsonAsync($"/users/{user}/restore", "").ShouldFailAsync(401, ProblemCodes.Unauthenticated);
        await world.Tenant.Http.GetAsync($"/users/{user}").ShouldFailAsync(410, ProblemCodes.UserDeleted);
        await world.Other.Http.PostJsonAsync($"/users/{user}/restore", "").ShouldFailAsync(404, ProblemCodes.UserNotFound);
        await world.Tenant.Http.PostJsonAsync($"/users/{user}/restore", "").ReadAsync<UserResponse>();
        (await http.GetAsync("/me").ReadAsync<CallerResponse>()).Id.ShouldBe(user);
    }

    [Fact]
    public async Task The_subject_is_sealed_exported_to_the_person_and_erased_with_them()
    {
        await using var world = await SignInWorld.StartAsync(database);
        const string Subject = "user_canary_2abcdef";
        var http = world.Node.Client(world.Forge.Good(Subject));
        var user = (await http.GetAsync("/me").ReadAsync<CallerResponse>()).Id;
        var export = await http.GetAsync($"/users/{user}/export").ReadAsync<UserExport>();
        export.Sections["identities"].Single().GetProperty("id").GetString().ShouldBe(Subject);
        (
            await database.ScalarAsync(
                "select count(*) from identities where channel = 'external' and kind = 'people' and sealed_id is not null "
                    + $"and lower(cast(user_id as text)) = '{user}'"
            )
        ).ShouldBe(1);
        (await http.DeleteAsync($"/users/{user}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await database.CountOfAsync("identities", user)).ShouldBe(0);
        // As when an erased messenger user returns: a new user, with nothing of the old one.
        var after = (await http.GetAsync("/me").ReadAsync<CallerResponse>()).Id;
        after.ShouldNotBe(user);
        await http.GetAsync($"/users/{user}").ShouldFailAsync(404, ProblemCodes.UserNotFound);
        await world.Tenant.Http.GetAsync($"/users/{user}").ShouldFailAsync(410, ProblemCodes.UserErased);
        var canaries = new Canaries();
        canaries.Plant("subject", Subject);
        canaries.Plant("token", world.Forge.Good(Subject));
        canaries.FoundIn(world.Node.Log.ToString()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Where_users_are_not_made_a_stranger_is_nobody_and_who_was_made_before_is_known()
    {
        Guid known;
        await using (var world = await SignInWorld.StartAsync(database))
            known = (await MeAsync(world, world.Forge.Good("known"))).Id;
        await using var closed = await SignInWorld.StartAsync(database, ("SignIn:Issuers:0:CreateUsers", "false"));
        var before = await database.CountAsync();
        await closed
            .Node.Client(closed.Forge.Good("stranger"))
            .GetAsync("/me")
            .ShouldFailAsync(401, ProblemCodes.Unauthenticated);
        // Another tenant's known subject is unknown here.
        await closed.Node.Client(closed.Forge.Good("known")).GetAsync("/me").ShouldFailAsync(401, ProblemCodes.Unauthenticated);
        (await database.CountAsync()).ShouldBe(before);
        known.ShouldNotBe(Guid.Empty);
    }

    [Fact]
    public async Task A_members_token_gives_what_their_roles_give_and_nobody_else_of_the_issuer_gets_in()
    {
        await using var world = await SignInWorld.StartAsync(database);
        var profile = new MemberProfile("Anna", null, "member_1");
        var anna = (
            await world
                .Node.Services.GetRequiredService<Members>()
                .AddAsync(Grantor.Operator(world.Tenant.Id, Actor.Operator(1000)), profile, "staff", ["owner"], default)
        ).OrThrow();
        var http = world.Node.Client(world.StaffToken("member_1"));
        var me = await http.GetAsync("/me").ReadAsync<CallerResponse>();
        (me.Kind, me.Id, me.TenantId).ShouldBe(("member", anna.Id, world.Tenant.Id));
        (await http.GetAsync("/members").ReadAsync<MemberPage>()).Items.Single().Subject.ShouldBe("member_1");
        await world.Node.Client(world.StaffToken("member_2")).GetAsync("/me").ShouldFailAsync(401, ProblemCodes.Unauthenticated);
        // The same subject at the users' issuer is a user, who cannot read members.
        var person = world.Node.Client(world.Forge.Good("member_1"));
        (await person.GetAsync("/me").ReadAsync<CallerResponse>()).Kind.ShouldBe("person");
        await person.GetAsync("/members").ShouldFailAsync(403, ProblemCodes.MissingScope);
        // A removed member is refused, however long the token is valid.
        await world
            .Node.Services.GetRequiredService<Members>()
            .AddAsync(
                Grantor.Operator(world.Tenant.Id, Actor.Operator(1000)),
                profile with
                {
                    Subject = "member_3",
                },
                "staff",
                ["owner"],
                default
            );
        (await http.DeleteAsync($"/members/{anna.Id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await http.GetAsync("/me").ShouldFailAsync(401, ProblemCodes.Unauthenticated);
    }

    [Fact]
    public async Task Tokens_without_an_audience_are_bound_by_the_party_that_they_were_made_for()
    {
        await using var world = await SignInWorld.StartAsync(
            database,
            ("SignIn:Issuers:0:Audiences:0", null),
            ("SignIn:Issuers:0:AuthorizedParties:0", "https://shop.example"),
            ("SignIn:Issuers:0:AuthorizedParties:1", "https://desk.example")
        );
        var payload = world.Forge.Payload();
        payload.Remove("aud");
        foreach (
            var (party, status) in new[]
            {
                ("\"https://shop.example\"", 200),
                ("\"https://desk.example\"", 200),
                ("\"https://evil.example\"", 401),
                ("[\"https://shop.example\"]", 401),
                ("null", 401),
            }
        )
        {
            payload["azp"] = System.Text.Json.Nodes.JsonNode.Parse(party);
            var token = world.Forge.RsaSigned(world.Forge.Header().ToJsonString(), payload.ToJsonString());
            ((int)(await world.Node.Client(token).GetAsync("/me")).StatusCode).ShouldBe(status, party);
        }

        payload.Remove("azp");
        await world
            .Node.Client(world.Forge.RsaSigned(world.Forge.Header().ToJsonString(), payload.ToJsonString()))
            .GetAsync("/me")
            .ShouldFailAsync(401, ProblemCodes.Unauthenticated);
    }

    [Fact]
    public async Task A_blind_only_tenant_keeps_the_hash_alone_and_one_of_scheme_0_takes_no_tokens()
    {
        var blind = await database.Node.NewTenantAsync(blindOnly: true);
        var plain = await database.Node.NewTenantAsync(scheme: 0);
        await using var world = await SignInWorld.StartAsync(
            database,
            ("SignIn:Issuers:0:Tenant", $"{blind.Id}"),
            ("SignIn:Issuers:2:Tenant", $"{plain.Id}")
        );
        var me = await MeAsync(world, world.Forge.Good());
        (await MeAsync(world, world.Forge.Good())).Id.ShouldBe(me.Id);
        (await blind.Http.GetAsync($"/users/{me.Id}").ReadAsync<UserResponse>()).Identities.Single().BlindOnly.ShouldBeTrue();
        await world.Node.Client(world.OthersForge.Good()).GetAsync("/me").ShouldFailAsync(401, ProblemCodes.Unauthenticated);
    }

    [Fact]
    public async Task A_secret_is_rotated_by_a_second_line_in_its_file()
    {
        var file = Path.Combine(database.Folder, $"{Guid.NewGuid():N}.secret");
        await using var old = await SignInWorld.StartAsync(database);
        var (first, second) = (new string('a', 40), new string('b', 40));
        await File.WriteAllTextAsync(file, $"{second}\n{first}\n");
        await using var world = await SignInWorld.StartAsync(
            database,
            ("SignIn:Issuers:1:Secret", null),
            ("SignIn:Issuers:1:SecretFile", file),
            ("SignIn:Issuers:1:For", "users")
        );
        var payload = world.StaffForge.Payload().ToJsonString();
        foreach (var (secret, status) in new[] { (first, 200), (second, 200), (new string('c', 40), 401) })
        {
            var token = TokenForge.HmacSigned(
                """{"alg":"HS256","typ":"JWT"}""",
                payload,
                System.Text.Encoding.UTF8.GetBytes(secret)
            );
            ((int)(await world.Node.Client(token).GetAsync("/me")).StatusCode).ShouldBe(status);
        }
    }

    [Fact]
    public async Task An_issuer_for_a_tenant_that_is_not_there_stops_the_start() =>
        (
            await Should.ThrowAsync<OperatorException>(() =>
                SignInWorld.StartAsync(database, ("SignIn:Issuers:2:Tenant", $"{Guid.NewGuid()}"))
            )
        ).Message.ShouldContain("others");

    private static Task<CallerResponse> MeAsync(SignInWorld world, string token) =>
        world.Node.Client(token).GetAsync("/me").ReadAsync<CallerResponse>();
}
