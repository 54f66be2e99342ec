using System.Net;
using System.Text;
using Hatcheck.Contracts;
using Hatcheck.Crypto;
using Hatcheck.ServerKit.Profiles;
using Hatcheck.ServerKit.Rotation;
using Hatcheck.ServerKit.SignIn;
using Hatcheck.ServerKit.Storage;

namespace Hatcheck.People.Tests.Rotation;

public sealed class ProfileRotationOnSqlite(OnSqlite database) : ProfileRotationTests(database), IClassFixture<OnSqlite>;

public sealed class ProfileRotationOnPostgres(OnPostgres database) : ProfileRotationTests(database), IClassFixture<OnPostgres>;

/// <summary>The other values under an index key: profiles' addresses and numbers, and sign-in subjects.</summary>
public abstract class ProfileRotationTests(TestedDatabase database)
{
    private static readonly byte[] Key = Encoding.ASCII.GetBytes("an existing system's index key, 43 bytes ..");

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(1, true)]
    public async Task After_a_rotation_people_are_found_by_address_and_number_and_an_address_is_still_one_persons(
        int scheme,
        bool blindOnly
    )
    {
        using var key = new SecretBytes(Key);
        var tenant = await database.Node.NewTenantAsync(blindOnly, scheme, key);
        var other = await database.Node.NewTenantAsync(blindOnly, scheme, key);
        var people = new List<Guid>();
        // A whole household shares one number.
        for (var i = 0; i < 7; i++)
            people.Add((await tenant.Http.CreateAsync($$"""{"email":"Ada{{i}}@example.org","phone":"+491701234567"}""")).Id);
        var deleted = (await tenant.Http.CreateAsync("""{"email":"eve@example.org"}""")).Id;
        (await tenant.Http.DeleteAsync(deleted)).EnsureSuccessStatusCode();
        var theirs = (await other.Http.CreateAsync("""{"email":"ada0@example.org"}""")).Id;

        (await database.Node.RotateAsync(tenant, batch: 3)).GetProperty("rehashed").GetInt32().ShouldBe(15);
        (await ValuesAsync(tenant)).ShouldBe(["1|15", "2|15"]);
        // While both versions are live, one is enough to find the user.
        await tenant
            .Http.PostJsonAsync("/users", """{"email":"ada1@example.org"}""")
            .ShouldFailAsync(409, ProblemCodes.EmailTaken);
        var late = (await tenant.Http.CreateAsync("""{"email":"late@example.org"}""")).Id;
        (await ValuesAsync(tenant)).ShouldBe(["1|16", "2|16"]);

        await database.Node.RetireAsync(tenant, 1);
        (await ValuesAsync(tenant)).ShouldBe(["2|16"]);
        (await ValuesAsync(other)).ShouldBe(["1|1"]);
        for (var i = 0; i < 7; i++)
            (await tenant.Http.SearchAsync($$"""{"email":"aDa{{i}}@example.org"}""")).ShouldBe([people[i]]);
        (await tenant.Http.SearchAsync("""{"phone":"+491701234567"}""")).ShouldBe(people, ignoreOrder: true);
        (await tenant.Http.SearchAsync("""{"email":"late@example.org"}""")).ShouldBe([late]);
        (await other.Http.SearchAsync("""{"email":"ada0@example.org"}""")).ShouldBe([theirs]);
        await tenant
            .Http.PostJsonAsync("/users", """{"email":"EVE@example.org"}""")
            .ShouldFailAsync(409, ProblemCodes.EmailTaken);
        (await tenant.Http.RestoreAsync(deleted)).EnsureSuccessStatusCode();
        (await tenant.Http.SearchAsync("""{"email":"eve@example.org"}""")).ShouldBe([deleted]);
    }

    [Fact]
    public async Task A_profile_that_cant_be_opened_is_named_and_keeps_the_old_version()
    {
        var tenant = await database.Node.NewTenantAsync();
        var broken = (await tenant.Http.CreateAsync("""{"email":"ada@example.org"}""")).Id;
        await tenant.Http.CreateAsync("""{"email":"bob@example.org"}""");
        await database.ExecuteAsync(
            $"update profiles set profile = {(database.Name == "sqlite" ? "x'00'" : "'\\x00'")} "
                + $"where user_id = {RawSql.Literal(broken)}"
        );

        var done = await database.Node.VerbAsync("keys", "rotate-index", $"{tenant.Id}", "--emergency");
        done.ExitCode.ShouldBe(1);
        done.Output.ShouldContain($"{broken}");
        (await ValuesAsync(tenant)).ShouldBe(["1|2", "2|1"]);
        (await database.Node.VerbAsync("keys", "retire-index", $"{tenant.Id}", "--version", "1")).ExitCode.ShouldNotBe(0);
        (await ValuesAsync(tenant)).ShouldBe(["1|2", "2|1"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_signs_in_is_the_same_person_through_two_rotations(bool blindOnly)
    {
        var tenant = await database.Node.NewTenantAsync(blindOnly);
        await using var world = await SignInWorld.StartAsync(database, ("SignIn:Issuers:0:Tenant", $"{tenant.Id}"));
        var me = (await MeAsync(world, world.Forge.Good())).Id;
        var met = new Dictionary<string, Guid>(StringComparer.Ordinal);
        for (var version = 1; version <= 2; version++)
        {
            await world.Node.RotateAsync(tenant);
            (await MeAsync(world, world.Forge.Good())).Id.ShouldBe(me);
            met[$"between{version}"] = (await MeAsync(world, world.Forge.With("sub", $"\"between{version}\""))).Id;
            await world.Node.RetireAsync(tenant, version);
            (await MeAsync(world, world.Forge.Good())).Id.ShouldBe(me);
            met[$"after{version}"] = (await MeAsync(world, world.Forge.With("sub", $"\"after{version}\""))).Id;
            foreach (var (subject, id) in met)
                (await MeAsync(world, world.Forge.With("sub", $"\"{subject}\""))).Id.ShouldBe(id, subject);
        }

        met.Values.Append(me).Distinct().Count().ShouldBe(5);
        (await database.ScalarAsync($"select count(*) from users where lower(cast(tenant_id as text)) = '{tenant.Id}'")).ShouldBe(
            5
        );
    }

    private static Task<CallerResponse> MeAsync(SignInWorld world, string token) =>
        world.Node.Client(token).GetAsync("/me").ReadAsync<CallerResponse>(HttpStatusCode.OK);

    private async Task<List<string>> ValuesAsync(TestTenant tenant)
    {
        await using var connection = await database.OpenAsync();
        return await connection.RowsAsync(
            $"select key_version, count(*) from profile_values where tenant_id = {RawSql.Literal(tenant.Id)} "
                + "group by key_version order by key_version"
        );
    }
}
