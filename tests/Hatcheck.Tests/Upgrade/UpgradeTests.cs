using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.Preferences;
using Hatcheck.ServerKit.Profiles;
using Hatcheck.ServerKit.Rotation;
using Hatcheck.ServerKit.Sessions;
using Hatcheck.ServerKit.Storage;

namespace Hatcheck.Tests.Upgrade;

public sealed class UpgradeOnSqlite(OldSqlite old) : UpgradeTests(old), IClassFixture<OldSqlite>;

public sealed class UpgradeOnPostgres(OldPostgres old) : UpgradeTests(old), IClassFixture<OldPostgres>
{
    [Fact]
    public void Serve_refuses_the_old_schema_in_words_and_migrate_brings_it_up()
    {
        (old.Served.ExitCode, old.Served.Output).ShouldBe((1, ""));
        old.Served.Error.ShouldContain("The database is at schema version 7 and this build needs ");
        old.Served.Error.ShouldContain("Run `hatcheck migrate`.");
        old.Migrated.ExitCode.ShouldBe(0, old.Migrated.Error);
        old.Migrated.Error.ShouldContain("applying 9 protection");
    }
}

/// <summary>All data of release 0.1 is present under today's build, and usable.</summary>
public abstract class UpgradeTests(IOldInstallation old)
{
    private readonly Node node = old.Database.Node;

    /// <summary>Instants that the fixture moves, and texts that were reworded.</summary>
    private static readonly string[] MayDiffer = ["description", "exported_at", "used_at", "expires_at", "ends_at"];

    [Fact]
    public async Task People_are_found_by_everything_that_found_them()
    {
        using var music = Client("music");
        foreach (var (name, id) in old.Known["telegram"]!.AsObject().Where(person => person.Key != "leaving"))
        {
            var survivor = name == "merged" ? "survivor" : name;
            (await music.ResolveAsync((string)id!)).ShouldBe(new ResolvedUser(User(survivor), Created: false));
        }

        (await music.ResolveAsync("+4915112345678", "whatsapp")).ShouldBe(new ResolvedUser(User("ada"), Created: false));
        (await music.SearchAsync("""{"email":"ada@example.org"}""")).ShouldBe([User("ada")]);
        (await music.SearchAsync("""{"phone":"+4915112345678"}""")).ShouldBe([User("ada")]);
        (await music.SearchAsync("""{"email":"user_1@example.org"}""")).ShouldBe([User("clerk")]);
        (await music.GetAsync(User("merged"))).MergedInto.ShouldBe(User("survivor"));

        using var blind = Client("blind");
        var hash = Text("hash");
        (await blind.GetAsync($"/users/by-telegram/{hash}").ReadAsync<UserResponse>()).Id.ShouldBe(User("hashed"));
        var request = $$"""{"channel":"telegram","hash":"{{hash}}","key_version":1}""";
        (await blind.PostJsonAsync("/users/resolve", request).ReadAsync<ResolvedUser>()).ShouldBe(
            new ResolvedUser(User("hashed"), Created: false)
        );
    }

    [Fact]
    public async Task All_that_was_kept_of_a_person_reads_as_it_did()
    {
        using var music = Client("music");
        var ada = User("ada");
        var user = await AnswerAsync(music, $"/users/{ada}");
        foreach (var (name, value) in old.Known["profile"]!.AsObject())
            JsonNode.DeepEquals(user[name], value).ShouldBeTrue(name);
        user["identities"]!.AsArray().ShouldContain(identity => JsonNode.DeepEquals(identity, old.Known["whatsapp_identity"]));

        await ShouldReadAsync(music, $"/users/{ada}/preferences", "preferences");
        await ShouldReadAsync(music, $"/users/{ada}/preferences/history", "history", "at");
        await ShouldReadAsync(music, "/preferences/schema", "schema");
        await ShouldReadAsync(music, $"/users/{ada}/usage", "usage");
        await ShouldReadAsync(music, $"/users/{User("survivor")}/usage", "survivor_usage");
        await ShouldReadAsync(music, $"/users/{ada}/summary", "summary");
        var export = Without(await AnswerAsync(music, $"/users/{ada}/export"), ["at", "created_at"]);
        ShouldBe(export, Without(Read("export"), ["at", "created_at"]), "export");
        await ShouldReadAsync(music, "/.well-known/jwks.json", "signing_keys");
        ShouldBe(await AnswerAsync(music, $"/members/{old.Known["member"]!["id"]}"), old.Known["member"]!, "member");
        var role = await AnswerAsync(music, "/roles/desk-lead");
        role["permissions"]!.AsArray().Select(item => (string)item!).ShouldBe(["users:read", "usage:read"]);
    }

    [Fact]
    public async Task What_was_refused_is_refused_with_the_same_code()
    {
        using var music = Client("music");
        using var other = Client("other");
        using var revoked = node.Client(Text("revoked_key"));
        await ShouldRefuseAsync(music, $"/users/{User("erased")}", "erased");
        await ShouldRefuseAsync(other, $"/users/{User("ada")}", "other_tenant");
        await ShouldRefuseAsync(revoked, "/me", "revoked_key");
        (await other.ResolveAsync(Text("telegram", "ada"))).ShouldBe(new ResolvedUser(User("stranger"), Created: false));
    }

    [Fact]
    public async Task A_request_that_0_1_answered_is_known_as_a_repeat()
    {
        using var music = Client("music");
        var body = new StringContent(Text("repeat", "body"), null, "application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, "/users") { Content = body };
        request.Headers.Add("Idempotency-Key", Text("repeat", "key"));
        using var response = await music.SendAsync(request);
        ((string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["id"]!).ShouldBe(Text("repeat", "user"));
    }

    [Fact]
    public async Task A_session_goes_on_and_its_person_reads_their_own_data()
    {
        var tokens = await node.RefreshAsync(Text("session", "refresh_token"), "203.0.113.7").ReadAsync<SessionTokens>();
        tokens.SessionId.ShouldBe(Guid.Parse(Text("session", "session_id")));
        using var person = node.Client(tokens.AccessToken);
        (await person.PreferencesAsync(User("ada"))).Version.ShouldBe((int)Read("preferences")["version"]!);
    }

    [Fact]
    public async Task Who_was_deleted_comes_back_and_who_is_erased_is_gone()
    {
        using var music = Client("music");
        await ShouldRefuseAsync(music, $"/users/{User("deleted")}", "deleted");
        (await music.RestoreAsync(User("deleted"))).EnsureSuccessStatusCode();
        (await music.GetAsync(User("deleted"))).DisplayName.ShouldBe("Soon back");

        var leaving = User("leaving");
        (await music.ResolveAsync(Text("telegram", "leaving"))).ShouldBe(new ResolvedUser(leaving, Created: false));
        ShouldBe(await AnswerAsync(music, $"/users/{leaving}"), Read("leaving"), "leaving");
        (await music.DeleteAsync(new Uri($"/users/{leaving}?confirm=true", UriKind.Relative))).EnsureSuccessStatusCode();
        await ShouldRefuseAsync(music, $"/users/{leaving}", "erased");
        foreach (var table in new[] { "user_keys", "profiles", "profile_values", "preferences", "usage_log", "identities" })
        {
            (
                await old.Database.ScalarAsync($"select count(*) from {table} where lower(cast(user_id as text)) = '{leaving}'")
            ).ShouldBe(0L, table);
        }
    }

    [Fact]
    public async Task People_change_their_data_and_an_index_key_rotates()
    {
        using var other = Client("other");
        var (stranger, id) = (User("stranger"), Text("telegram", "ada"));
        (await other.PatchedAsync(stranger, """{"interface":{"theme":"dark"}}""")).Version.ShouldBe(1);
        (await other.PostJsonAsync($"/users/{stranger}/usage", """{"action":"play"}""")).EnsureSuccessStatusCode();
        var tenant = new TestTenant(Guid.Parse(Text("tenants", "other")), Text("keys", "other"), Guid.Empty, other);
        (await node.RotateAsync(tenant)).GetProperty("rehashed").GetInt32().ShouldBe(1);
        await node.RetireAsync(tenant, 1);
        (await other.ResolveAsync(id)).ShouldBe(new ResolvedUser(stranger, Created: false));
    }

    [Fact]
    public async Task Entries_of_the_audit_log_lose_the_login_names_of_operators_and_stay_as_they_were_otherwise()
    {
        await using var behind = await old.Database.OpenAsync();
        // Of 0.1, whose clock the fixture uses.
        var rows = await behind.RowsAsync("select act, actor from audit_pending where act like 'apikey.%' order by act");
        rows.ShouldBe([.. Enumerable.Repeat("apikey.add|operator", 4), "apikey.revoke|operator"]);
        (await behind.ScalarAsync("select count(*) from audit_pending where actor like '%root%'")).ShouldBe(0L);
        (await behind.RowsAsync("select act from audit_pending where actor = 'webhook:clerk'")).ShouldBe(["user.create"]);
        var count = await behind.ScalarAsync("select count(*) from audit_pending");
        var entries = Convert.ToInt64(count, CultureInfo.InvariantCulture);
        entries.ShouldBeGreaterThanOrEqualTo(old.Rows["audit_pending"]);
        if (old.Database.Name != "postgres")
            return;
        const string IsForced = "select relforcerowsecurity from pg_class where oid = 'audit_pending'::regclass";
        (await behind.ScalarAsync(IsForced)).ShouldBe(true);
    }

    [Fact]
    public async Task Every_table_of_0_1_was_filled_and_is_declared()
    {
        old.Rows.Where(table => table.Value == 0).ShouldBeEmpty();
        var declared = Composition.Tables.Select(table => table.Name).ToList();
        old.Rows.Keys.Except(declared, StringComparer.Ordinal).ShouldBeEmpty();
        await using var behind = await old.Database.OpenAsync();
        foreach (var table in declared)
            await behind.ScalarAsync($"select count(*) from {table}");
    }

    [Fact]
    public async Task The_schema_is_that_of_a_new_installation()
    {
        await using TestedDatabase fresh = old.Database.Name == "sqlite" ? new OnSqlite() : new OnPostgres();
        await fresh.InitializeAsync();
        var schema = await Catalogue.DescribeAsync(old.Database);
        schema.Count.ShouldBeGreaterThan(2 * old.Rows.Count);
        schema.ShouldBe(await Catalogue.DescribeAsync(fresh));
    }

    private HttpClient Client(string tenant) => node.Client(Text("keys", tenant));

    private Guid User(string name) => Guid.Parse(Text("users", name));

    private JsonObject Read(string name) => old.Known["read"]![name]!.AsObject();

    private string Text(params string[] path) => (string)path.Aggregate((JsonNode)old.Known, (node, name) => node[name]!)!;

    private async Task ShouldReadAsync(HttpClient http, string path, string known, params string[] mayDiffer) =>
        ShouldBe(Without(await AnswerAsync(http, path), mayDiffer), Without(Read(known), mayDiffer), path);

    private async Task ShouldRefuseAsync(HttpClient http, string path, string known)
    {
        var refused = old.Known["refused"]![known]!;
        await http.GetAsync(path).ShouldFailAsync((int)refused["status"]!, (string)refused["code"]!);
    }

    private static void ShouldBe(JsonNode answer, JsonNode known, string what)
    {
        var same = JsonNode.DeepEquals(Without(answer, MayDiffer), Without(known, MayDiffer));
        same.ShouldBeTrue($"{what}\nnow: {answer}\n0.1: {known}");
    }

    private static async Task<JsonNode> AnswerAsync(HttpClient http, string path)
    {
        using var response = await http.GetAsync(path);
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return JsonNode.Parse(text)!;
    }

    private static JsonNode Without(JsonNode node, string[] names)
    {
        var copy = node.DeepClone();
        Remove(copy, names);
        return copy;
    }

    private static void Remove(JsonNode? node, string[] names)
    {
        if (node is JsonArray items)
            foreach (var item in items)
                Remove(item, names);
        if (node is not JsonObject members)
            return;
        foreach (var name in names)
            members.Remove(name);
        foreach (var (_, value) in members)
            Remove(value, names);
    }
}
