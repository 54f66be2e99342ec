using System.Net;
using Hatcheck.Access.Sessions;
using Hatcheck.Access.Staff;
using Hatcheck.Contracts;
using Hatcheck.Platform.Audit;
using Hatcheck.ServerKit.Sessions;
using Hatcheck.ServerKit.SignIn;
using Hatcheck.ServerKit.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Access.Tests.Sessions;

public sealed class MemberSessionsOnSqlite(OnSqlite database) : MemberSessionTests(database), IClassFixture<OnSqlite>;

public sealed class MemberSessionsOnPostgres(OnPostgres database) : MemberSessionTests(database), IClassFixture<OnPostgres>;

/// <summary>Staff and users who sign in with another issuer's token and then use own tokens.</summary>
public abstract class MemberSessionTests(TestedDatabase database) : IAsyncDisposable
{
    private static readonly string Secret = new('s', 48);

    private readonly List<Node> nodes = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes)
            await node.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Staff_exchange_their_issuers_token_and_hold_what_their_roles_give_as_they_change()
    {
        var (node, tenant) = await NodeAsync();
        var (member, tokens) = await SignedInAsync(node, tenant, "manager");
        using var http = node.Client(tokens.AccessToken);
        var me = await http.GetAsync("/me").ReadAsync<CallerResponse>();
        me.ShouldSatisfyAllConditions(
            caller => caller.Kind.ShouldBe("member"),
            caller => caller.Id.ShouldBe(member),
            caller => caller.TenantId.ShouldBe(tenant.Id),
            caller => caller.Permissions.ShouldContain(permission => permission == "members:write")
        );
        (tokens.SessionExpiresAt - tokens.SessionEndsAt).ShouldBe(TimeSpan.FromHours(12) - TimeSpan.FromDays(7));
        var list = (await http.GetAsync("/me/sessions").ReadAsync<SessionList>()).Items.Single();
        list.ShouldSatisfyAllConditions(
            session => session.Way.ShouldBe("exchange"),
            session => session.Address.ShouldBe("127.0.0.1"),
            session => session.Current.ShouldBeTrue()
        );

        // With an added role the token stays valid and permits more. After a removed role the member signs in again.
        (await ChangeAsync(tenant, member, "manager", "auditor")).EnsureSuccessStatusCode();
        (await node.StatusAsync(tokens.AccessToken)).ShouldBe(200);
        (await ChangeAsync(tenant, member, "auditor")).EnsureSuccessStatusCode();
        (await node.StatusAsync(tokens.AccessToken)).ShouldBe(401);
        await node.RefreshAsync(tokens.RefreshToken).ShouldFailAsync(401, ProblemCodes.RefreshToken);
    }

    [Fact]
    public async Task Whoever_may_ends_a_members_sessions_and_another_tenant_finds_no_such_member()
    {
        var (node, tenant) = await NodeAsync();
        var other = await database.Node.NewTenantAsync();
        var (member, tokens) = await SignedInAsync(node, tenant, "owner");
        (await tenant.Http.GetAsync($"/members/{member}/sessions").ReadAsync<SessionList>())
            .Items.Single()
            .Id.ShouldBe(tokens.SessionId);
        await other.Http.GetAsync($"/members/{member}/sessions").ShouldFailAsync(404, ProblemCodes.MemberNotFound);
        await other.Http.DeleteAsync($"/members/{member}/sessions").ShouldFailAsync(404, ProblemCodes.MemberNotFound);
        (await node.StatusAsync(tokens.AccessToken)).ShouldBe(200);
        (await tenant.Http.DeleteAsync($"/members/{member}/sessions")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await node.StatusAsync(tokens.AccessToken)).ShouldBe(401);
    }

    [Fact]
    public async Task Removing_a_member_ends_their_sessions_in_the_same_transaction()
    {
        var (node, tenant) = await NodeAsync();
        var (member, tokens) = await SignedInAsync(node, tenant, "support");
        (await tenant.Http.DeleteAsync($"/members/{member}")).EnsureSuccessStatusCode();
        (await database.SessionsOfAsync(member)).ShouldBe(0);
        (await node.StatusAsync(tokens.AccessToken)).ShouldBe(401);
        await node.RefreshAsync(tokens.RefreshToken).ShouldFailAsync(401, ProblemCodes.RefreshToken);
        (
            await database.ScalarAsync(
                "select count(*) from audit_pending where act = 'session.end' "
                    + $"and subject like 'member:{member:N} session:{tokens.SessionId:N} removed'"
            )
        ).ShouldBe(1L);
    }

    [Fact]
    public async Task A_session_that_begins_as_its_member_is_removed_ends_with_them()
    {
        var (node, tenant) = await NodeAsync();
        var second = await database.StartNodeAsync();
        var (member, _) = await SignedInAsync(node, tenant, "support");
        var (begun, commit) = (new TaskCompletionSource(), new TaskCompletionSource());
        var beginning = second
            .Services.GetRequiredService<Platform.Storage.Database>()
            .WriteAsync(
                tenant.Id,
                async (db, stop) =>
                {
                    (await SessionStart.LockMemberAsync(db, member, stop)).ShouldBeTrue();
                    db.Add(
                        new SessionRow
                        {
                            TenantId = tenant.Id,
                            UserId = member,
                            SessionId = Guid.NewGuid(),
                            Kind = SessionRow.Member,
                            TokenHash = new byte[32],
                            Content = [],
                            CreatedAt = db.Now,
                            UsedAt = db.Now,
                            ExpiresAt = db.Now.AddHours(1),
                            EndsAt = db.Now.AddHours(1),
                        }
                    );
                    await db.SaveChangesAsync(stop);
                    begun.SetResult();
                    await commit.Task;
                    return true;
                },
                default
            );
        await begun.Task;
        var by = Grantor.Operator(tenant.Id, Actor.Operator(1000));
        // On its own thread: SQLite blocks the thread while it waits for the file.
        var removing = Task.Run(() => node.Services.GetRequiredService<Members>().RemoveAsync(by, member, default));
        var waits = await database.WaitsAsync(removing);
        commit.SetResult();
        await beginning;
        (await removing).OrThrow().Id.ShouldBe(member);
        waits.ShouldBeTrue();
        (await database.SessionsOfAsync(member)).ShouldBe(0);
    }

    [Fact]
    public async Task A_session_does_not_begin_while_its_member_is_being_removed()
    {
        var (node, tenant) = await NodeAsync();
        var second = await database.StartNodeAsync();
        var member = (await node.NewMemberAsync(tenant.Id, "support")).Id;
        var (removed, commit) = (new TaskCompletionSource(), new TaskCompletionSource());
        var removing = second
            .Services.GetRequiredService<Platform.Storage.Database>()
            .WriteAsync(
                tenant.Id,
                async (db, stop) =>
                {
                    await db.Set<MemberRoleRow>().Where(row => row.MemberId == member).ExecuteDeleteAsync(stop);
                    await db.Set<MemberRow>().Where(row => row.MemberId == member).ExecuteDeleteAsync(stop);
                    removed.SetResult();
                    await commit.Task;
                    return true;
                },
                default
            );
        await removed.Task;
        var content = new SessionContent("exchange", null, null);
        var wanted = new NewSession(tenant.Id, SessionRow.Member, member, Actor.Member(member), content, Address: null);
        var beginning = Task.Run(() => node.Services.GetRequiredService<SessionStart>().BeginAsync(wanted, default));
        var waits = await database.WaitsAsync(beginning);
        commit.SetResult();
        await removing;
        (await beginning).Refusal.ShouldBeOfType<AccessRefusal.NoSuchMember>();
        waits.ShouldBeTrue();
        (await database.SessionsOfAsync(member)).ShouldBe(0);
    }

    [Fact]
    public async Task A_members_session_is_bound_to_their_network_and_ends_when_they_are_away_for_half_a_day()
    {
        var (node, tenant) = await NodeAsync();
        var (_, tokens) = await SignedInAsync(node, tenant, "support", "192.0.2.7");
        (await node.StatusAsync(tokens.AccessToken, "192.0.2.99")).ShouldBe(200);
        (await node.StatusAsync(tokens.AccessToken, "198.51.100.7")).ShouldBe(401);
        await node.RefreshAsync(tokens.RefreshToken, "198.51.100.7").ShouldFailAsync(401, ProblemCodes.RefreshToken);
        tokens = await node.RefreshAsync(tokens.RefreshToken, "192.0.2.8").ReadAsync<SessionTokens>();
        await database.AgeAsync(tokens.SessionId, TimeSpan.FromHours(12));
        (await node.StatusAsync(tokens.AccessToken, "192.0.2.7")).ShouldBe(401);
        await node.RefreshAsync(tokens.RefreshToken, "192.0.2.7").ShouldFailAsync(401, ProblemCodes.RefreshToken);
    }

    [Fact]
    public async Task An_own_issuer_that_is_another_ones_too_stops_the_start()
    {
        var tenant = await database.Node.NewTenantAsync();
        var fault = await Should.ThrowAsync<Platform.OperatorException>(() =>
            Node.StartAsync(Settings(tenant.Id, ("Sessions:Issuer", SignInWorld.StaffIssuer)))
        );
        fault.Message.ShouldContain("Sessions:Issuer");
    }

    private Dictionary<string, string?> Settings(Guid tenant, params (string Name, string Value)[] more)
    {
        var settings = new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal)
        {
            ["Http:TrustedProxies"] = "127.0.0.1",
            ["SignIn:Issuers:0:Name"] = "staff",
            ["SignIn:Issuers:0:Secret"] = Secret,
            ["SignIn:Issuers:0:Issuer"] = SignInWorld.StaffIssuer,
            ["SignIn:Issuers:0:Audiences:0"] = "authenticated",
            ["SignIn:Issuers:0:Tenant"] = $"{tenant}",
            ["SignIn:Issuers:0:For"] = "members",
        };
        foreach (var (name, value) in more)
            settings[name] = value;
        return settings;
    }

    private async Task<(Node Node, TestTenant Tenant)> NodeAsync()
    {
        var tenant = await database.Node.NewTenantAsync();
        var node = await Node.StartAsync(Settings(tenant.Id));
        nodes.Add(node);
        return (node, tenant);
    }

    private static async Task<(Guid Member, SessionTokens Tokens)> SignedInAsync(
        Node node,
        TestTenant tenant,
        string role,
        string? from = null
    )
    {
        var member = await node.NewMemberAsync(tenant.Id, role);
        var token = TokenForge.HmacSigned(
            """{"alg":"HS256","typ":"JWT"}""",
            new TokenForge(SignInWorld.StaffIssuer, "authenticated", TimeProvider.System).Payload(member.Subject).ToJsonString(),
            System.Text.Encoding.UTF8.GetBytes(Secret)
        );
        using var http = node.Client(token);
        if (from is not null)
            http.DefaultRequestHeaders.Add("X-Forwarded-For", from);
        return (member.Id, await http.PostJsonAsync("/auth/exchange", "").ReadAsync<SessionTokens>());
    }

    private static Task<HttpResponseMessage> ChangeAsync(TestTenant tenant, Guid member, params string[] roles) =>
        tenant.Http.PutJsonAsync(
            $"/members/{member}",
            $$"""{"display_name":"Anna","roles":["{{string.Join("\",\"", roles)}}"]}"""
        );
}
