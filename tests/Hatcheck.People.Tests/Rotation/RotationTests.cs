using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hatcheck.Contracts;
using Hatcheck.Crypto;
using Hatcheck.People.Users;
using Hatcheck.People.Users.Rotation;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Channels;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Keys;
using Hatcheck.ServerKit.Rotation;
using Hatcheck.ServerKit.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.People.Tests.Rotation;

public sealed class RotationOnSqlite(OnSqlite database) : RotationTests(database), IClassFixture<OnSqlite>;

public sealed class RotationOnPostgres(OnPostgres database) : RotationTests(database), IClassFixture<OnPostgres>;

public abstract class RotationTests(TestedDatabase database)
{
    private static readonly byte[] Key = Encoding.ASCII.GetBytes("an existing system's index key, 43 bytes ..");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task After_a_rotation_everybody_is_who_they_were_and_the_old_values_are_in_no_table(int scheme)
    {
        using var key = new SecretBytes(Key);
        var tenant = await database.Node.NewTenantAsync(blindOnly: false, scheme, key);
        var other = await database.Node.NewTenantAsync(blindOnly: false, scheme, key);
        var people = await PeopleAsync(tenant, 12);
        await PeopleAsync(other, 3);
        var (before, theirs) = (await database.IdentitiesAsync(tenant), await database.IdentitiesAsync(other));
        var wrapped = await WrappedAsync(tenant);

        var rotated = await database.Node.RotateAsync(tenant, batch: 5);
        (rotated.GetProperty("version").GetInt32(), rotated.GetProperty("rehashed").GetInt32()).ShouldBe((2, 12));
        (await database.VersionsAsync(tenant)).ShouldBe(["1|12|12", "2|12|12"]);
        foreach (var (id, user) in people)
            (await tenant.Http.ResolveAsync(id)).ShouldBe(new ResolvedUser(user, Created: false));
        await database.Node.RetireAsync(tenant, 1);
        (await database.VersionsAsync(tenant)).ShouldBe(["2|12|12"]);
        foreach (var (id, user) in people)
            (await tenant.Http.ResolveAsync(id)).ShouldBe(new ResolvedUser(user, Created: false));
        (await tenant.Http.GetAsync("/tenant").ReadAsync<TenantResponse>()).IndexKeyVersion.ShouldBe(2);

        (await database.IdentitiesAsync(other)).ShouldBe(theirs);
        (await other.Http.GetAsync("/tenant").ReadAsync<TenantResponse>()).IndexKeyVersion.ShouldBe(1);
        // The other tenant has the same ids under the same key, so its equal values may remain, and only those.
        var shared = theirs.ConvertAll(row => row.Split('|')[0]);
        var gone = before.Select(row => row.Split('|')[0]).Except(shared, StringComparer.Ordinal).ToList();
        gone.Count.ShouldBe(9);
        var stored = await StoredAsync();
        gone.Where(stored.Contains).ShouldBeEmpty();
        stored.Contains(wrapped, StringComparison.OrdinalIgnoreCase).ShouldBeFalse();
        shared.ShouldAllBe(value => stored.Contains(value), "or this test sees nothing");
        (await ActsAsync(tenant)).ShouldBe(["keys.retire_index|operator:1000", "keys.rotate_index|operator:1000"]);
        (await ActsAsync(other)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_version_is_not_retired_while_one_identity_is_under_it_alone_nor_is_the_newest_ever()
    {
        var tenant = await database.Node.NewTenantAsync();
        var people = await PeopleAsync(tenant, 4);
        await Rotation.BeginAsync(tenant.Id, Actor.Operator(1000), CancellationToken.None);
        await tenant.Http.ResolveAsync("4711");
        var early = await database.Node.VerbAsync("keys", "retire-index", $"{tenant.Id}", "--version", "1");
        early.ExitCode.ShouldBe(1);
        early.Error.ShouldContain("4 identities");
        var status = JsonDocument
            .Parse((await database.Node.VerbAsync("keys", "status", "--json")).Succeeded())
            .RootElement.GetProperty("rotations");
        status
            .EnumerateArray()
            .Where(row => row.GetProperty("tenant_id").GetGuid() == tenant.Id)
            .Select(row => $"{row.GetProperty("version")}|{row.GetProperty("rows")}|{row.GetProperty("left")}")
            .ShouldBe(["2|1|", "1|5|4"]);
        (await database.Node.VerbAsync("keys", "retire-index", $"{tenant.Id}", "--version", "2")).Error.ShouldContain("newest");
        (await database.Node.VerbAsync("keys", "retire-index", $"{tenant.Id}", "--version", "3")).Error.ShouldContain(
            "no live index key"
        );
        foreach (var (id, user) in people)
            (await tenant.Http.ResolveAsync(id)).Id.ShouldBe(user);

        // The rotation in progress continues: no third version.
        var resumed = await database.Node.RotateAsync(tenant);
        (
            resumed.GetProperty("version").GetInt32(),
            resumed.GetProperty("began").GetBoolean(),
            resumed.GetProperty("rehashed").GetInt32()
        ).ShouldBe((2, false, 4));
        (await database.Node.RotateAsync(tenant)).GetProperty("rehashed").GetInt32().ShouldBe(0);
        await database.Node.RetireAsync(tenant, 1);
        (await database.VersionsAsync(tenant)).ShouldBe(["2|5|5"]);
    }

    [Fact]
    public async Task What_was_hashed_with_a_key_set_that_has_changed_is_refused_and_stored_under_all_versions_when_tried_again()
    {
        var tenant = await database.Node.NewTenantAsync();
        var services = database.Node.Services;
        var known = await tenant.Http.ResolveAsync("4711");
        var stale = new Caller.ServiceKey(
            new CallerTenant(tenant.Id, "t", BlindOnly: false, IndexScheme: 1, KeyEpoch: 1),
            new HashSet<string>(StringComparer.Ordinal),
            tenant.KeyId
        );
        var old = await services.GetRequiredService<TenantKeys>().GetAsync(tenant.Id, 1, CancellationToken.None);
        await Rotation.BeginAsync(tenant.Id, Actor.Operator(1000), CancellationToken.None);

        var channel = KnownChannels.Find("telegram")!;
        var name = new IdentityName(channel, [(old.Index[0].Compute("telegram", channel.Kind, "4712"), 1)], "4712");
        var resolved = await services.GetRequiredService<Resolver>().ResolveAsync(tenant.Id, stale.KeyEpoch, name, default);
        resolved.Refusal.ShouldBe(new Refusal.Stale());
        var linked = await services.GetRequiredService<IdentityLinks>().LinkAsync(stale, known.Id, name, default);
        linked.Refusal.ShouldBe(new Refusal.Stale());
        (await database.VersionsAsync(tenant)).ShouldBe(["1|1|1"]);

        (
            await tenant
                .Http.PostJsonAsync($"/users/{known.Id}/identities", """{"channel":"telegram","id":"4712"}""")
                .ReadAsync<IdentityResponse>(System.Net.HttpStatusCode.Created)
        ).ShouldNotBeNull();
        (await tenant.Http.ResolveAsync("4713")).Created.ShouldBeTrue();
        (await database.VersionsAsync(tenant)).ShouldBe(["1|3|3", "2|2|2"]);
    }

    [Fact]
    public async Task A_bot_that_hashes_for_itself_goes_on_with_the_key_it_has_through_two_rotations()
    {
        using var key = new SecretBytes(Key);
        var tenant = await database.Node.NewTenantAsync(blindOnly: true, scheme: 0, key);
        var other = await database.Node.NewTenantAsync(blindOnly: true, scheme: 0, key);
        var first = Hmac(Key, "123456789");
        var user = (await ByHashAsync(tenant, first, 1)).Id;

        await database.Node.RotateAsync(tenant);
        (await ByHashAsync(tenant, first, 1)).ShouldBe(new ResolvedUser(user, Created: false));
        var line = (await database.Node.VerbAsync("keys", "export-index", $"{tenant.Id}", "--stdout"))
            .Succeeded()
            .Trim()
            .Split(':');
        line[..3].ShouldBe(["hatcheck-index", "2", "nested"]);
        await database.Node.RetireAsync(tenant, 1);

        // A bot that has both keys computes what the server nests.
        var nested = Hmac(Convert.FromBase64String(line[3]), first);
        (await database.IdentitiesAsync(tenant)).Single().ShouldStartWith(nested);
        foreach (var (hash, version) in new[] { (first, 1), (nested, 2) })
            (await ByHashAsync(tenant, hash, version)).ShouldBe(new ResolvedUser(user, Created: false));

        await database.Node.RotateAsync(tenant);
        await database.Node.RetireAsync(tenant, 2);
        foreach (var (hash, version) in new[] { (first, 1), (nested, 2) })
        {
            (await ByHashAsync(tenant, hash, version)).ShouldBe(new ResolvedUser(user, Created: false));
            (await tenant.Http.GetAsync($"/users/by-telegram/{hash}").ReadAsync<UserResponse>()).Id.ShouldBe(user);
            await other.Http.GetAsync($"/users/by-telegram/{hash}").ShouldFailAsync(404, ProblemCodes.UserNotFound);
        }

        (await database.VersionsAsync(tenant)).ShouldBe(["3|1|1"]);
        await tenant
            .Http.PostJsonAsync("/users/resolve", $$"""{"channel":"telegram","hash":"{{first}}","key_version":4}""")
            .ShouldFailAsync(422, ProblemCodes.IndexKeyVersion);
    }

    [Fact]
    public async Task An_identity_that_cant_be_opened_is_named_and_keeps_the_old_version_until_its_person_is_erased()
    {
        var tenant = await database.Node.NewTenantAsync();
        var people = await PeopleAsync(tenant, 3);
        var broken = people["1001"];
        await database.ExecuteAsync(
            $"update identities set sealed_id = {(database.Name == "sqlite" ? "x'00'" : "'\\x00'")} "
                + $"where user_id = {RawSql.Literal(broken)}"
        );

        var done = await database.Node.VerbAsync("keys", "rotate-index", $"{tenant.Id}", "--emergency");
        done.ExitCode.ShouldBe(1);
        done.Output.ShouldContain($"{broken}");
        done.Output.ShouldContain("2 identities and profile values rehashed");
        (await database.VersionsAsync(tenant)).ShouldBe(["1|3|3", "2|2|2"]);
        (await database.Node.VerbAsync("keys", "retire-index", $"{tenant.Id}", "--version", "1")).Error.ShouldContain(
            "1 identities"
        );
        (await tenant.Http.ResolveAsync("1001")).Id.ShouldBe(broken);

        (await tenant.Http.DeleteAsync($"/users/{broken}?confirm=true")).StatusCode.ShouldBe(System.Net.HttpStatusCode.NoContent);
        (await database.Node.VerbAsync("keys", "rotate-index", $"{tenant.Id}", "--emergency")).Succeeded();
        (await database.VersionsAsync(tenant)).ShouldBe(["2|2|2"]);
        (await ActsAsync(tenant)).Count(act => act.StartsWith("keys.", StringComparison.Ordinal)).ShouldBe(2);
    }

    private IndexRotation Rotation => database.Node.Services.GetRequiredService<IndexRotation>();

    private static async Task<Dictionary<string, Guid>> PeopleAsync(TestTenant tenant, int count)
    {
        var people = new Dictionary<string, Guid>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
            people[$"{1000 + i}"] = (await tenant.Http.ResolveAsync($"{1000 + i}")).Id;
        return people;
    }

    private static Task<ResolvedUser> ByHashAsync(TestTenant tenant, string hash, int version) =>
        tenant
            .Http.PostJsonAsync("/users/resolve", $$"""{"channel":"telegram","hash":"{{hash}}","key_version":{{version}}}""")
            .ReadAsync<ResolvedUser>();

    private async Task<List<string>> ActsAsync(TestTenant tenant)
    {
        await using var connection = await database.OpenAsync();
        return await connection.RowsAsync(
            $"select act, actor from audit_pending where tenant_id = {RawSql.Literal(tenant.Id)} and act like 'keys.%' "
                + "order by act"
        );
    }

    // The form in SQLite's files (raw) or in a row of PostgreSQL (hexadecimal).
    private async Task<string> WrappedAsync(TestTenant tenant)
    {
        await using var connection = await database.OpenAsync();
        var column = database.Name == "sqlite" ? "hex(wrapped)" : "encode(wrapped, 'hex')";
        var hex = (
            await connection.RowsAsync(
                $"select {column} from tenant_keys where tenant_id = {RawSql.Literal(tenant.Id)} and purpose = 'index'"
            )
        ).Single();
        return database.Name == "sqlite" ? Encoding.Latin1.GetString(Convert.FromHexString(hex)) : hex;
    }

    /// <summary>Everything stored: SQLite's raw files, or every row of every PostgreSQL table.</summary>
    private async Task<string> StoredAsync()
    {
        var all = new StringBuilder();
        if (database.Name == "sqlite")
        {
            foreach (var file in Directory.GetFiles(database.Folder, "hatcheck.db*"))
            {
                await using var stream = new FileStream(
                    file,
                    FileMode.Open,
                    FileAccess.Read,
                    FileShare.ReadWrite | FileShare.Delete
                );
                using var bytes = new MemoryStream();
                await stream.CopyToAsync(bytes);
                all.Append(Encoding.Latin1.GetString(bytes.ToArray()));
            }

            return all.ToString();
        }

        await using var connection = await database.OpenAsync();
        foreach (
            var table in await connection.RowsAsync(
                "select table_schema || '.' || table_name from information_schema.tables where table_schema in ('public', 'keys')"
            )
        )
            all.AppendJoin('\n', await connection.RowsAsync($"select t::text from {table} t"));
        return all.ToString();
    }

#pragma warning disable RS0030 // The test computes the hash apart from Hatcheck.Crypto, on purpose.
    private static string Hmac(byte[] key, string text) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(text)));
#pragma warning restore RS0030
}
