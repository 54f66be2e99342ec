using System.Net;
using System.Security.Cryptography;
using System.Text;
using Hatcheck.Contracts;
using Hatcheck.Crypto;

namespace Hatcheck.People.Tests.Users;

public sealed class LookUpOnSqlite(OnSqlite database) : LookUpTests(database), IClassFixture<OnSqlite>;

public sealed class LookUpOnPostgres(OnPostgres database) : LookUpTests(database), IClassFixture<OnPostgres>;

/// <summary>Computes index values with only the base library, as a bot in another language would.</summary>
public abstract class LookUpTests(TestedDatabase database)
{
    private static readonly byte[] Key = Encoding.ASCII.GetBytes("an existing system's index key, 43 bytes ..");

    [Fact]
    public async Task A_bot_that_hashes_plainly_as_before_finds_its_people_by_telegram_hash()
    {
        using var key = new SecretBytes(Key);
        var tenant = await database.Node.NewTenantAsync(blindOnly: true, scheme: 0, key);
        var hash = Plain("123456789");
        var made = await ResolveHashAsync(tenant, hash);
        made.Created.ShouldBeTrue();
        (await ResolveHashAsync(tenant, hash)).ShouldBe(made with { Created = false });
        var found = await tenant.Http.GetAsync($"/users/by-telegram/{hash}").ReadAsync<UserResponse>();
        found.Id.ShouldBe(made.Id);
        found
            .Identities.Single()
            .ShouldSatisfyAllConditions(
                identity => identity.BlindOnly.ShouldBeTrue(),
                identity => identity.Channel.ShouldBe("telegram"),
                identity => identity.Kind.ShouldBe("user")
            );
        await tenant.Http.GetAsync($"/users/by-telegram/{Plain("987654321")}").ShouldFailAsync(404, ProblemCodes.UserNotFound);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_tenant_that_gives_ids_keeps_them_under_the_index_that_its_scheme_says(int scheme)
    {
        using var key = new SecretBytes(Key);
        var tenant = await database.Node.NewTenantAsync(blindOnly: false, scheme, key);
        var user = await tenant.Http.ResolveAsync("123456789");
        var hash = scheme == 0 ? Plain("123456789") : Labelled("hatcheck identity v1", "telegram", "user", "123456789");
        (await tenant.Http.GetAsync($"/users/by-telegram/{hash}").ReadAsync<UserResponse>()).Id.ShouldBe(user.Id);
    }

    [Fact]
    public async Task Another_tenant_with_the_same_index_key_finds_nobody_by_the_same_hash()
    {
        using var key = new SecretBytes(Key);
        var mine = await database.Node.NewTenantAsync(blindOnly: true, scheme: 0, key);
        var other = await database.Node.NewTenantAsync(blindOnly: true, scheme: 0, key);
        var hash = Plain("55");
        var user = await ResolveHashAsync(mine, hash);
        var theirs = await other.Http.GetAsync($"/users/by-telegram/{hash}").ShouldFailAsync(404, ProblemCodes.UserNotFound);
        var absent = await mine
            .Http.GetAsync($"/users/by-telegram/{Plain("56")}")
            .ShouldFailAsync(404, ProblemCodes.UserNotFound);
        (theirs with { TraceId = null }).ShouldBe(absent with { TraceId = null });
        (await ResolveHashAsync(other, hash)).Id.ShouldNotBe(user.Id);
    }

    [Theory]
    [InlineData("4503599627370")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0")]
    [InlineData("g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("@somebody")]
    [InlineData("%D9%A3%D9%A3")]
    public async Task A_telegram_look_up_by_anything_but_a_hash_is_refused_and_never_logged(string value)
    {
        var tenant = await database.Node.NewTenantAsync();
        var problem = await tenant.Http.GetAsync($"/users/by-telegram/{value}").ShouldFailAsync(400, ProblemCodes.HashExpected);
        problem.Detail!.ShouldNotContain(value);
        database.Node.Log.ToString().ShouldNotContain(value);
    }

    [Fact]
    public async Task A_blind_only_tenant_gives_hashes_and_others_give_ids()
    {
        using var key = new SecretBytes(Key);
        var blind = await database.Node.NewTenantAsync(blindOnly: true, scheme: 1, key);
        var open = await database.Node.NewTenantAsync();
        await blind
            .Http.PostJsonAsync("/users/resolve", """{"channel":"telegram","id":"4711"}""")
            .ShouldFailAsync(422, ProblemCodes.IdentityForm);
        await open
            .Http.PostJsonAsync("/users/resolve", $$"""{"channel":"telegram","hash":"{{Plain("1")}}","key_version":1}""")
            .ShouldFailAsync(422, ProblemCodes.IdentityForm);
        foreach (var version in new[] { "0", "-1", "2", "2147483647" })
        {
            await blind
                .Http.PostJsonAsync(
                    "/users/resolve",
                    $$"""{"channel":"telegram","hash":"{{Plain("1")}}","key_version":{{version}}}"""
                )
                .ShouldFailAsync(422, ProblemCodes.IndexKeyVersion);
        }

        (
            await blind
                .Http.PostJsonAsync("/users/resolve", $$"""{"channel":"telegram","hash":"{{Plain("1")}}"}""")
                .ShouldFailAsync(422, ProblemCodes.Invalid)
        ).Errors!.Keys.ShouldBe(["key_version"]);
        (
            await blind
                .Http.PostJsonAsync("/users/resolve", """{"channel":"telegram","hash":"4711","key_version":1}""")
                .ShouldFailAsync(422, ProblemCodes.Invalid)
        ).Errors!.Keys.ShouldBe(["hash"]);
    }

    [Fact]
    public async Task Scheme_0_has_telegram_ids_only()
    {
        using var key = new SecretBytes(Key);
        var tenant = await database.Node.NewTenantAsync(blindOnly: false, scheme: 0, key);
        var problem = await tenant
            .Http.PostJsonAsync("/users/resolve", """{"channel":"whatsapp","id":"+491701234567"}""")
            .ShouldFailAsync(422, ProblemCodes.Invalid);
        problem.Errors!.Keys.ShouldBe(["channel"]);
    }

    [Fact]
    public async Task The_tenant_says_how_to_hash()
    {
        using var key = new SecretBytes(Key);
        var tenant = await database.Node.NewTenantAsync(blindOnly: true, scheme: 0, key);
        var answer = await tenant.Http.GetAsync("/tenant").ReadAsync<TenantResponse>();
        answer.ShouldSatisfyAllConditions(
            t => t.Id.ShouldBe(tenant.Id),
            t => t.BlindOnly.ShouldBeTrue(),
            t => t.IndexScheme.ShouldBe(0),
            t => t.IndexKeyVersion.ShouldBe(1)
        );
    }

    [Fact]
    public async Task One_persons_phone_number_has_one_spelling()
    {
        var tenant = await database.Node.NewTenantAsync();
        var first = await tenant.Http.ResolveAsync("+49 170 1234567", "whatsapp");
        (await tenant.Http.ResolveAsync("+491701234567", "whatsapp")).Id.ShouldBe(first.Id);
    }

    [Fact]
    public async Task A_person_may_be_named_by_the_largest_id_that_telegram_has()
    {
        var tenant = await database.Node.NewTenantAsync();
        (await tenant.Http.ResolveAsync("4503599627370496")).Created.ShouldBeTrue();
        (await tenant.Http.ResolveAsync("1")).Created.ShouldBeTrue();
    }

    private static Task<ResolvedUser> ResolveHashAsync(TestTenant tenant, string hash) =>
        tenant
            .Http.PostJsonAsync("/users/resolve", $$"""{"channel":"telegram","hash":"{{hash}}","key_version":1}""")
            .ReadAsync<ResolvedUser>(HttpStatusCode.OK);

    private static string Plain(string id) => Hmac(Encoding.ASCII.GetBytes(id));

    private static string Labelled(params string[] parts)
    {
        using var input = new MemoryStream();
        foreach (var part in parts)
        {
            input.Write([0, 0, 0, (byte)part.Length]);
            input.Write(Encoding.UTF8.GetBytes(part));
        }

        return Hmac(input.ToArray());
    }

#pragma warning disable RS0030 // The test computes the hash apart from Hatcheck.Crypto, on purpose.
    private static string Hmac(byte[] input) => Convert.ToHexStringLower(HMACSHA256.HashData(Key, input));
#pragma warning restore RS0030
}
