using System.Net;
using Hatcheck.Contracts;
using Hatcheck.People.Preferences;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.Preferences;

namespace Hatcheck.People.Tests.Preferences;

public sealed class PreferenceSchemaOnSqlite(OnSqlite database) : PreferenceSchemaTests(database), IClassFixture<OnSqlite>;

public sealed class PreferenceSchemaOnPostgres(OnPostgres database) : PreferenceSchemaTests(database), IClassFixture<OnPostgres>;

/// <summary>A tenant's own schema, and the migration of stored values when it changes.</summary>
public abstract class PreferenceSchemaTests(TestedDatabase database)
{
    private static string Music(string keys, string more = "") =>
        $$"""{"properties":{"music":{"type":"object","properties":{ {{keys}} } } }{{more}} }""";

    private const string Volume = """
        "volume":{"type":"integer","minimum":0,"maximum":11,"default":5,"personal":false}
        """;

    private const string Genres = """
        "genres":{"type":"array","items":{"type":"string","maxLength":20},
          "maxItems":3,"uniqueItems":true,"default":[],"personal":true}
        """;

    [Fact]
    public async Task A_tenant_adds_keys_and_changes_defaults_for_its_own_people_only()
    {
        var (tenant, user) = await database.NewPersonAsync();
        var other = await database.Node.NewTenantAsync();
        var stranger = (await other.Http.ResolveAsync("1")).Id;
        await tenant.Http.PatchedAsync(user, """{"interface":{"density":"compact"}}""");
        var put = await tenant
            .Http.PutSchemaAsync(
                Music($"{Volume},{Genres}", ""","defaults":{"interface":{"theme":"dark","density":"comfortable"}} """)
            )
            .ReadAsync<PreferenceSchemaResponse>();
        (put.Version, put.Actor).ShouldBe((1, $"key:{tenant.KeyId:N}"));

        var read = await tenant.Http.PreferencesAsync(user, "?explain=true");
        read.SchemaVersion.ShouldBe(1);
        (
            read.At("music.volume"),
            read.At("interface.theme"),
            read.At("interface.density"),
            read.At("interface.text_scale")
        ).ShouldBe(("5", "\"dark\"", "\"compact\"", "100"));
        (
            read.Sources!.At("music.volume"),
            read.Sources!.At("interface.theme"),
            read.Sources!.At("interface.density"),
            read.Sources!.At("interface.text_scale")
        ).ShouldBe(("\"tenant\"", "\"tenant\"", "\"user\"", "\"built_in\""));
        (await tenant.Http.PatchedAsync(user, """{"music":{"volume":7,"genres":["klezmer"]},"interface":{"density":null}}"""))
            .At("music.genres")
            .ShouldBe("""["klezmer"]""");

        var theirs = await other.Http.PreferencesAsync(stranger);
        (theirs.SchemaVersion, theirs.At("music.volume"), theirs.At("interface.theme")).ShouldBe((0, null, "\"system\""));
        (await other.Http.GetAsync("/preferences/schema").ReadAsync<PreferenceSchemaResponse>()).ShouldSatisfyAllConditions(
            schema => schema.Version.ShouldBe(0),
            schema => schema.Properties.ShouldBeNull()
        );
        (
            await other.Http.PatchAsync(stranger, """{"music":{"volume":7}}""").ShouldFailAsync(422, ProblemCodes.Invalid)
        ).Errors!.Keys.ShouldBe(["music"]);
    }

    [Fact]
    public async Task A_change_of_the_schema_changes_the_tag_of_everybodys_preferences()
    {
        var (tenant, user) = await database.NewPersonAsync();
        var tag = (await tenant.Http.PreferencesAsync(user)).Etag;
        (await tenant.Http.PutSchemaAsync("""{"defaults":{"interface":{"theme":"dark"}}}""")).EnsureSuccessStatusCode();
        await tenant
            .Http.PatchAsync(user, """{"interface":{"density":"compact"}}""", tag)
            .ShouldFailAsync(412, ProblemCodes.PreferencesChanged);
        ((await tenant.Http.PreferencesAsync(user)).Etag == tag).ShouldBeFalse();
    }

    [Fact]
    public async Task Versions_are_kept_a_repeat_is_none_and_of_two_with_one_tag_one_wins()
    {
        var tenant = await database.Node.NewTenantAsync();
        var second = await database.StartNodeAsync();
        var clients = new[] { tenant.Http, second.Client(tenant.Key) };
        var first = await tenant.Http.PutSchemaAsync(Music(Volume)).ReadAsync<PreferenceSchemaResponse>();
        (await tenant.Http.PutSchemaAsync(Music(Volume))).Headers.ETag!.Tag.ShouldBe(first.Etag);
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 6)
                .Select(i =>
                    clients[i % 2]
                        .PutSchemaAsync(Music($"{Volume},\"k{i}\":{{\"type\":\"boolean\",\"default\":true}}"), first.Etag)
                )
        );
        answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBe(1);
        answers.Count(answer => answer.StatusCode == HttpStatusCode.PreconditionFailed).ShouldBe(5);
        (await tenant.Http.GetAsync("/preferences/schema").ReadAsync<PreferenceSchemaResponse>()).Version.ShouldBe(2);
        var older = await tenant.Http.GetAsync("/preferences/schema?version=1").ReadAsync<PreferenceSchemaResponse>();
        older
            .Properties!.Value.GetProperty("music")
            .GetProperty("properties")
            .EnumerateObject()
            .Select(key => key.Name)
            .ShouldBe(["volume"]);
        await tenant.Http.GetAsync("/preferences/schema?version=3").ShouldFailAsync(404, ProblemCodes.PreferencesVersion);
        await tenant.Http.GetAsync("/preferences/schema?version=-1").ShouldFailAsync(422, ProblemCodes.Invalid);
        (
            await database.ScalarAsync(
                $"select count(*) from audit_pending where act = 'preferences.schema' and actor = 'key:{tenant.KeyId:N}'"
            )
        ).ShouldBe(2);
    }

    [Fact]
    public async Task Renamed_keys_take_their_values_along_and_what_does_not_fit_is_told_and_kept_in_the_history()
    {
        var (tenant, user) = await database.NewPersonAsync();
        (await tenant.Http.PutSchemaAsync(Music($"{Volume},{Genres}"))).EnsureSuccessStatusCode();
        await tenant.Http.PatchedAsync(
            user,
            """{"music":{"volume":9,"genres":["klezmer","punk"]},"interface":{"theme":"dark"}}"""
        );
        // Two versions later, without a read in between: renamed, then narrowed and dropped.
        (
            await tenant.Http.PutSchemaAsync(
                Music(
                    Volume.Replace("volume", "loudness") + "," + Genres,
                    ""","migrations":[{"from":"music.volume","to":"music.loudness"}]"""
                )
            )
        ).EnsureSuccessStatusCode();
        (await tenant.Http.PreferencesAsync(user)).ShouldSatisfyAllConditions(
            now => now.At("music.loudness").ShouldBe("9"),
            now => now.At("music.volume").ShouldBeNull(),
            now => now.Unfit.ShouldBeNull()
        );
        (
            await tenant.Http.PutSchemaAsync(
                Music(Volume.Replace("volume", "loudness").Replace("11", "8"), ""","migrations":[{"drop":"music.genres"}]""")
            )
        ).EnsureSuccessStatusCode();

        var before = await database.CountAsync();
        var read = await tenant.Http.PreferencesAsync(user);
        (
            read.At("music.loudness"),
            read.At("music.genres"),
            read.At("interface.theme"),
            read.SchemaVersion,
            read.Version
        ).ShouldBe(("5", null, "\"dark\"", 3, 1));
        read.Unfit!.Select(unfit => $"{unfit.Key} {unfit.Value} {unfit.Reason}")
            .ShouldBe(
                ["music.loudness 9 A whole number, 0 to 8.", """music.genres ["klezmer","punk"] The schema dropped this key."""],
                ignoreOrder: true
            );
        (await database.CountAsync()).ShouldBe(before, "a reader writes nothing");

        // The next change stores the migrated values, and the history holds those that did not conform.
        var patched = await tenant.Http.PatchedAsync(user, """{"interface":{"theme":"light"}}""");
        (patched.Version, patched.Unfit).ShouldBe((2, null));
        var change = (await tenant.Http.HistoryAsync(user)).Items[0];
        change
            .Changes.Select(one => $"{one.Key} {one.Old}->{one.New} {one.Reason is not null}")
            .ShouldBe([
                "interface.theme dark->light False",
                """music.genres ["klezmer","punk"]-> True""",
                "music.volume 9-> False",
            ]);

        // Back to the previous version: conforming values return, the others are reported.
        var back = await tenant
            .Http.PostJsonAsync($"/users/{user}/preferences/rollback", """{"version":1}""")
            .ReadAsync<PreferencesResponse>();
        (back.At("interface.theme"), back.At("music.loudness")).ShouldBe(("\"dark\"", "5"));
        back.Unfit!.Select(unfit => unfit.Key).ShouldBe(["music.loudness", "music.genres"], ignoreOrder: true);
        (await tenant.Http.PreferencesAsync(user)).Unfit.ShouldBeNull();
    }

    [Fact]
    public async Task A_wider_range_takes_everything_along_and_a_pinned_version_stays_what_it_was()
    {
        var (tenant, user) = await database.NewPersonAsync();
        (await tenant.Http.PutSchemaAsync(Music(Volume))).EnsureSuccessStatusCode();
        await tenant.Http.PatchedAsync(user, """{"music":{"volume":11}}""");
        (await tenant.Http.PutSchemaAsync(Music(Volume.Replace("11", "100")))).EnsureSuccessStatusCode();
        var read = await tenant.Http.PreferencesAsync(user);
        (read.At("music.volume"), read.Unfit).ShouldBe(("11", null));
        (await tenant.Http.PatchedAsync(user, """{"music":{"volume":99}}""")).At("music.volume").ShouldBe("99");
    }

    [Fact]
    public async Task A_key_that_is_just_left_out_is_refused_by_name()
    {
        var tenant = await database.Node.NewTenantAsync();
        (await tenant.Http.PutSchemaAsync(Music($"{Volume},{Genres}"))).EnsureSuccessStatusCode();
        (await tenant.Http.PutSchemaAsync(Music(Genres)).ShouldFailAsync(422, ProblemCodes.Invalid)).Errors!.Keys.ShouldBe([
            "properties.music.properties.volume",
        ]);
        (await tenant.Http.PutSchemaAsync("{}").ShouldFailAsync(422, ProblemCodes.Invalid)).Errors!.Keys.ShouldBe([
            "properties.music.properties.genres",
            "properties.music.properties.volume",
        ]);
        (
            await tenant
                .Http.PutSchemaAsync("""{"migrations":[{"drop":"music.volume"},{"drop":"music.genres"}]}""")
                .ReadAsync<PreferenceSchemaResponse>()
        ).Version.ShouldBe(2);
    }

    [Fact]
    public async Task The_migration_of_all_goes_on_in_portions_until_nobody_remains()
    {
        var tenant = await database.Node.NewTenantAsync();
        var other = await database.Node.NewTenantAsync();
        foreach (var one in new[] { tenant, other })
            (await one.Http.PutSchemaAsync(Music(Volume))).EnsureSuccessStatusCode();
        var users = new List<Guid>();
        for (var i = 0; i < 5; i++)
        {
            users.Add((await tenant.Http.ResolveAsync($"{i + 1}")).Id);
            await tenant.Http.PatchedAsync(users[i], $$$$"""{"music":{"volume":{{{{5 + i}}}}},"interface":{"theme":"dark"}}""");
        }

        var stranger = (await other.Http.ResolveAsync("1")).Id;
        await other.Http.PatchedAsync(stranger, """{"music":{"volume":11}}""");
        // Not to be migrated: merged into another user, and erased.
        foreach (var (id, gone) in new[] { ("8", "merged"), ("9", "erased") })
        {
            var user = (await tenant.Http.ResolveAsync(id)).Id;
            await tenant.Http.PatchedAsync(user, """{"music":{"volume":1}}""");
            if (gone == "merged")
                await tenant.Http.MergeAsync(user, users[0]);
            else
                (await tenant.Http.DeleteAsync($"/users/{user}?confirm=true")).EnsureSuccessStatusCode();
        }

        foreach (var one in new[] { tenant, other })
            (await one.Http.PutSchemaAsync(Music(Volume.Replace("11", "7")))).EnsureSuccessStatusCode();
        var results = new List<PreferenceMigrationResult>();
        do results.Add(
            await tenant.Http.PostJsonAsync("/preferences/schema/migrate?limit=2", "").ReadAsync<PreferenceMigrationResult>()
        );
        while (results[^1].Remaining > 0);
        results.Select(result => (result.Migrated, result.Remaining)).ShouldBe([(2, 3), (2, 1), (1, 0)]);
        results.Sum(result => result.Unfit).ShouldBe(2);
        // A user whose values all conform has no change: no version, no entry.
        (await tenant.Http.PreferencesAsync(users[0])).ShouldSatisfyAllConditions(
            now => now.Version.ShouldBe(1),
            now => now.Unfit.ShouldBeNull()
        );
        var left = (await tenant.Http.HistoryAsync(users[4])).Items[0];
        (left.Act, left.Changes.Single().Old!.Value.GetInt32(), left.Changes.Single().New, left.Changes.Single().Reason).ShouldBe(
            ("migrate", 9, null, "A whole number, 0 to 7.")
        );
        (
            await database.ScalarAsync(
                $"select count(*) from preferences where lower(cast(user_id as text)) = '{stranger:D}' and schema_version = 1"
            )
        ).ShouldBe(1);
        (
            await tenant.Http.PostJsonAsync("/preferences/schema/migrate?limit=0", "").ShouldFailAsync(422, ProblemCodes.Invalid)
        ).Errors!.Keys.ShouldBe(["limit"]);
    }

    [Fact]
    public async Task Only_a_key_that_may_administer_preferences_puts_the_schema()
    {
        var node = database.Node;
        var tenant = await node.NewTenantAsync(scopes: [PreferencePermissions.Read, PreferencePermissions.Write]);
        await tenant.Http.PutSchemaAsync(Music(Volume)).ShouldFailAsync(403, ProblemCodes.MissingScope);
        await tenant.Http.PostJsonAsync("/preferences/schema/migrate", "").ShouldFailAsync(403, ProblemCodes.MissingScope);
        (await tenant.Http.GetAsync("/preferences/schema")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}
