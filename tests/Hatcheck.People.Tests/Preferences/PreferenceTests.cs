using System.Net;
using System.Text.Json;
using Hatcheck.Contracts;
using Hatcheck.People.Preferences;
using Hatcheck.People.Users;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.Limits;
using Hatcheck.ServerKit.Preferences;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hatcheck.People.Tests.Preferences;

public sealed class PreferencesOnSqlite(OnSqlite database) : PreferenceTests(database), IClassFixture<OnSqlite>;

public sealed class PreferencesOnPostgres(OnPostgres database) : PreferenceTests(database), IClassFixture<OnPostgres>;

public abstract class PreferenceTests(TestedDatabase database)
{
    [Fact]
    public async Task Whoever_has_set_nothing_has_the_built_in_values()
    {
        var (tenant, user) = await database.NewPersonAsync();
        var read = await tenant.Http.PreferencesAsync(user, "?explain=true");
        (read.UserId, read.Version, read.SchemaVersion, read.UpdatedAt, read.Unfit).ShouldBe((user, 0, 0, null, null));
        (
            read.At("interface.theme"),
            read.At("locale.time_zone"),
            read.At("notifications.quiet_hours.start"),
            read.At("privacy.analytics")
        ).ShouldBe(("\"system\"", "\"UTC\"", "\"22:00\"", "false"));
        read.Sources!.At("interface.theme").ShouldBe("\"built_in\"");
        (await tenant.Http.PreferencesAsync(user)).Sources.ShouldBeNull();
        (await database.CountOfAsync("preferences", user)).ShouldBe(0);
    }

    [Fact]
    public async Task A_patch_sets_what_it_names_and_null_goes_back_to_the_inherited_value()
    {
        var (tenant, user) = await database.NewPersonAsync();
        await tenant.Http.PatchedAsync(
            user,
            """
            {
              "interface": { "theme": "dark" },
              "notifications": { "quiet_hours": { "enabled": true, "start": "21:30" }, "channels": ["push", "email"] }
            }
            """
        );
        var answer = await tenant
            .Http.SendJsonAsync(
                HttpMethod.Patch,
                $"/users/{user}/preferences",
                """{"notifications":{"quiet_hours":{"start":null}}}""",
                type: "application/merge-patch+json"
            )
            .ReadAsync<PreferencesResponse>();
        var read = await tenant.Http.PreferencesAsync(user, "?explain=true");
        (
            read.At("interface.theme"),
            read.At("notifications.quiet_hours.enabled"),
            read.At("notifications.quiet_hours.start"),
            read.At("notifications.channels")
        ).ShouldBe(("\"dark\"", "true", "\"22:00\"", """["push","email"]"""));
        (read.Sources!.At("interface.theme"), read.Sources!.At("notifications.quiet_hours.start")).ShouldBe(
            ("\"user\"", "\"built_in\"")
        );
        (read.Version, read.Etag).ShouldBe((2, answer.Etag));
        answer.Values.ToJsonString().ShouldBe(read.Values.ToJsonString());
    }

    [Fact]
    public async Task Put_replaces_all_own_values_and_reset_takes_them_away()
    {
        var (tenant, user) = await database.NewPersonAsync();
        await tenant.Http.PatchedAsync(user, """{"interface":{"theme":"dark"}}""");
        var put = await tenant
            .Http.SendJsonAsync(
                HttpMethod.Put,
                $"/users/{user}/preferences",
                """
                {
                  "interface": { "density": "compact", "theme": null },
                  "assistant": { "tone": "formal" },
                  "notifications": { "quiet_hours": { "start": "20:00", "end": "06:00" } }
                }
                """
            )
            .ReadAsync<PreferencesResponse>();
        (put.At("interface.theme"), put.At("interface.density"), put.At("assistant.tone")).ShouldBe(
            ("\"system\"", "\"compact\"", "\"formal\"")
        );
        var reset = await tenant
            .Http.PostJsonAsync(
                $"/users/{user}/preferences/reset",
                """{"keys":["assistant","notifications.quiet_hours.start"]}"""
            )
            .ReadAsync<PreferencesResponse>();
        (
            reset.At("interface.density"),
            reset.At("assistant.tone"),
            reset.At("notifications.quiet_hours.start"),
            reset.At("notifications.quiet_hours.end")
        ).ShouldBe(("\"compact\"", "\"neutral\"", "\"22:00\"", "\"06:00\""));
        (await tenant.Http.PostJsonAsync($"/users/{user}/preferences/reset", "{}").ReadAsync<PreferencesResponse>())
            .At("interface.density")
            .ShouldBe("\"comfortable\"");
        (
            await tenant
                .Http.PostJsonAsync($"/users/{user}/preferences/reset", """{"keys":["assistant","nope.x","interface.theme"]}""")
                .ShouldFailAsync(422, ProblemCodes.Invalid)
        ).Errors!.Keys.ShouldBe(["keys[1]"]);
    }

    [Fact]
    public async Task What_changes_nothing_is_no_change()
    {
        var (tenant, user) = await database.NewPersonAsync();
        var first = await tenant.Http.PatchedAsync(user, """{"assistant":{"creativity":0.5},"interface":{"theme":"dark"}}""");
        var before = await database.CountAsync();
        foreach (
            var patch in new[]
            {
                "{}",
                """{"assistant":{"creativity":0.50},"interface":{"theme":"dark"}}""",
                """{"interface":{}}""",
                """{"privacy":null}""",
                """{"locale":{"time_zone":null}}""",
            }
        )
            (await tenant.Http.PatchedAsync(user, patch)).ShouldSatisfyAllConditions(
                now => now.Version.ShouldBe(1, patch),
                now => now.Etag.ShouldBe(first.Etag),
                now => now.UpdatedAt.ShouldBe(first.UpdatedAt)
            );
        (await database.CountAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Another_tenant_sees_nothing_and_changes_nothing()
    {
        var (tenant, user) = await database.NewPersonAsync();
        await tenant.Http.PatchedAsync(user, """{"interface":{"theme":"dark"}}""");
        var other = await database.Node.NewTenantAsync();
        var before = await database.CountAsync();
        foreach (var id in new[] { user, Guid.NewGuid() })
        {
            foreach (
                var sent in new[]
                {
                    other.Http.GetAsync($"/users/{id}/preferences"),
                    other.Http.GetAsync($"/users/{id}/preferences/history"),
                    other.Http.PatchAsync(id, """{"interface":{"theme":"light"}}"""),
                    other.Http.SendJsonAsync(HttpMethod.Put, $"/users/{id}/preferences", "{}"),
                    other.Http.PostJsonAsync($"/users/{id}/preferences/reset", "{}"),
                    other.Http.PostJsonAsync($"/users/{id}/preferences/rollback", """{"version":0}"""),
                }
            )
            {
                (await sent.ShouldFailAsync(404, ProblemCodes.UserNotFound)).Detail.ShouldBe("This tenant has no such user.");
            }
        }

        (await database.CountAsync()).ShouldBe(before);
        (await tenant.Http.PreferencesAsync(user)).At("interface.theme").ShouldBe("\"dark\"");
    }

    [Fact]
    public async Task Of_two_clients_with_one_tag_exactly_one_wins_on_two_nodes()
    {
        var (tenant, user) = await database.NewPersonAsync();
        var second = await database.StartNodeAsync();
        var clients = new[] { tenant.Http, second.Client(tenant.Key) };
        // The first change inserts and the others update, so the races differ.
        for (var round = 0; round < 5; round++)
        {
            var tag = (await tenant.Http.PreferencesAsync(user)).Etag;
            var answers = await Task.WhenAll(
                Enumerable
                    .Range(0, 8)
                    .Select(i =>
                        clients[i % 2].PatchAsync(user, $$$$"""{"interface":{"text_scale":{{{{60 + (round * 10) + i}}}}}}""", tag)
                    )
            );
            var won = answers.Single(answer => answer.StatusCode == HttpStatusCode.OK);
            foreach (var lost in answers.Where(answer => answer != won))
                await Task.FromResult(lost).ShouldFailAsync(412, ProblemCodes.PreferencesChanged);
            (await Task.FromResult(won).ReadAsync<PreferencesResponse>())
                .At("interface.text_scale")
                .ShouldBe((await clients[1].PreferencesAsync(user)).At("interface.text_scale"));
            (await tenant.Http.PreferencesAsync(user)).Version.ShouldBe(round + 1);
        }
    }

    [Fact]
    public async Task Unconditional_patches_at_once_on_two_nodes_all_take_effect()
    {
        var (tenant, user) = await database.NewPersonAsync();
        var second = await database.StartNodeAsync();
        var clients = new[] { tenant.Http, second.Client(tenant.Key) };
        var patches = new[]
        {
            ("interface.theme", "\"dark\""),
            ("interface.density", "\"compact\""),
            ("interface.text_scale", "120"),
            ("interface.reduced_motion", "true"),
            ("locale.language", "\"de-AT\""),
            ("locale.time_zone", "\"Europe/Vienna\""),
            ("notifications.digest", "\"daily\""),
            ("notifications.marketing", "true"),
            ("assistant.tone", "\"formal\""),
            ("assistant.remember", "true"),
            ("privacy.analytics", "true"),
            ("privacy.training", "true"),
        };
        await Task.WhenAll(
            patches.Select(
                (patch, i) =>
                    clients[i % 2]
                        .PatchedAsync(
                            user,
                            $$$$"""
                            {"{{{{patch.Item1.Split('.')[0]}}}}":
                              {"{{{{patch.Item1.Split('.')[1]}}}}":{{{{patch.Item2}}}}}}
                            """
                        )
            )
        );
        var read = await tenant.Http.PreferencesAsync(user);
        foreach (var (path, value) in patches)
            read.At(path).ShouldBe(value);
        read.Version.ShouldBe(patches.Length);
        var history = (await tenant.Http.HistoryAsync(user)).Items;
        history.Select(change => change.Version).ShouldBe(Enumerable.Range(1, patches.Length).Reverse());
        history
            .SelectMany(change => change.Changes)
            .Select(change => change.Key)
            .ShouldBe(patches.Select(patch => patch.Item1), ignoreOrder: true);
        (await database.CountOfAsync("audit_pending", user)).ShouldBe(patches.Length);
    }

    [Fact]
    public async Task A_change_that_lost_the_race_is_computed_again_from_what_won()
    {
        var (tenant, user) = await database.NewPersonAsync();
        await tenant.Http.PatchedAsync(user, """{"interface":{"theme":"light"}}""");
        (await tenant.Http.PutSchemaAsync("""{"defaults":{"interface":{"density":"compact"}}}""")).EnsureSuccessStatusCode();
        var batches = 0;
        var store = StoreOver(
            new CountingEngine(database.Node.Services.GetRequiredService<IEngine>())
            {
                // Between the look-up and the swap.
                BeforeBatch = async () =>
                {
                    if (batches++ == 0)
                        await tenant.Http.PatchedAsync(user, """{"interface":{"theme":"dark"}}""");
                },
            }
        );
        // It records the new schema and changes no value. So it stores no line of the history, whose version would stop it
        // too.
        var terms = new ChangeTerms(tenant.Id, user, Actor.Operator(1000));
        (await store.MigrateAsync(terms, CancellationToken.None)).Refusal.ShouldBeNull();
        batches.ShouldBe(1);
        var now = await tenant.Http.PreferencesAsync(user);
        (now.At("interface.theme"), now.Version).ShouldBe(("\"dark\"", 2));
    }

    [Fact]
    public async Task A_change_that_loses_every_race_is_refused_as_busy_and_stores_nothing()
    {
        var (tenant, user) = await database.NewPersonAsync();
        await tenant.Http.PatchedAsync(user, """{"interface":{"theme":"light"}}""");
        var batches = 0;
        var store = StoreOver(
            new CountingEngine(database.Node.Services.GetRequiredService<IEngine>())
            {
                BeforeBatch = async () =>
                    await tenant.Http.PatchedAsync(user, $$$$"""{"interface":{"text_scale":{{{{60 + batches++}}}}}}"""),
            }
        );
        var patch = JsonDocument.Parse("""{"interface":{"theme":"dark"}}""").RootElement;
        var terms = new ChangeTerms(tenant.Id, user, Actor.Operator(1000));
        (await store.PatchAsync(terms, patch, CancellationToken.None)).Refusal.ShouldBe(new Refusal.Busy());
        batches.ShouldBe(50);
        var now = await tenant.Http.PreferencesAsync(user);
        (now.At("interface.theme"), now.Version).ShouldBe(("\"light\"", 51));
    }

    [Fact]
    public async Task Tags_are_strong_and_say_what_stands()
    {
        var (tenant, user) = await database.NewPersonAsync();
        using var first = await tenant.Http.GetAsync($"/users/{user}/preferences");
        var tag = first.Headers.ETag!;
        tag.IsWeak.ShouldBeFalse();
        (await Task.FromResult(first).ReadAsync<PreferencesResponse>()).Etag.ShouldBe(tag.Tag);
        foreach (
            var (ifMatch, status) in new[]
            {
                ("*", 200),
                ($"\"x\", {tag.Tag}", 200),
                ($"W/{tag.Tag}", 412),
                ("\"0.0.1-00000000\"", 412),
            }
        )
            ((int)(await tenant.Http.PatchAsync(user, "{}", ifMatch)).StatusCode).ShouldBe(status, ifMatch);
        foreach (var malformed in new[] { "unquoted", "\"a\" \"b\"", "" })
            (await tenant.Http.PatchAsync(user, "{}", malformed)).StatusCode.ShouldBeOneOf(
                malformed.Length == 0 ? [HttpStatusCode.OK, HttpStatusCode.BadRequest] : [HttpStatusCode.BadRequest]
            );
        var known = new HttpRequestMessage(HttpMethod.Get, $"/users/{user}/preferences");
        known.Headers.IfNoneMatch.Add(tag);
        using var unchanged = await tenant.Http.SendAsync(known);
        (unchanged.StatusCode, (await unchanged.Content.ReadAsByteArrayAsync()).Length).ShouldBe((HttpStatusCode.NotModified, 0));
        // After a merge the same URL shows another user's preferences, whose version may be the same.
        var survivor = (await tenant.Http.ResolveAsync("4712")).Id;
        await tenant.Http.MergeAsync(user, survivor);
        await tenant
            .Http.PatchAsync(user, """{"interface":{"theme":"dark"}}""", tag.Tag)
            .ShouldFailAsync(412, ProblemCodes.PreferencesChanged);
    }

    [Fact]
    public async Task The_history_says_who_changed_what_and_any_kept_version_comes_back()
    {
        var (tenant, user) = await database.NewPersonAsync();
        await tenant.Http.PatchedAsync(user, """{"interface":{"theme":"dark"}}""");
        await tenant.Http.PatchedAsync(user, """{"interface":{"theme":"light"},"locale":{"language":"de"}}""");
        await tenant.Http.PostJsonAsync($"/users/{user}/preferences/reset", "{}").ReadAsync<PreferencesResponse>();
        var history = (await tenant.Http.HistoryAsync(user)).Items;
        history
            .Select(change => (change.Version, change.Act, change.Actor))
            .ShouldBe([
                (3, "reset", $"key:{tenant.KeyId:N}"),
                (2, "update", $"key:{tenant.KeyId:N}"),
                (1, "update", $"key:{tenant.KeyId:N}"),
            ]);
        history[1]
            .Changes.Select(change => $"{change.Key} {change.Old} {change.New}")
            .ShouldBe(["interface.theme dark light", "locale.language  de"]);

        // Back, and forward again.
        foreach (
            var (version, theme, language) in new[]
            {
                (1, "dark", "en"),
                (2, "light", "de"),
                (0, "system", "en"),
                (2, "light", "de"),
                (3, "system", "en"),
            }
        )
        {
            var now = await tenant
                .Http.PostJsonAsync($"/users/{user}/preferences/rollback", $$"""{"version":{{version}}}""")
                .ReadAsync<PreferencesResponse>();
            (now.At("interface.theme"), now.At("locale.language")).ShouldBe(($"\"{theme}\"", $"\"{language}\""));
        }

        (await tenant.Http.HistoryAsync(user))
            .Items[0]
            .ShouldSatisfyAllConditions(change => change.Version.ShouldBe(8), change => change.Act.ShouldBe("rollback"));
        await tenant
            .Http.PostJsonAsync($"/users/{user}/preferences/rollback", """{"version":9}""")
            .ShouldFailAsync(404, ProblemCodes.PreferencesVersion);
    }

    [Fact]
    public async Task Pages_of_the_history_give_every_change_once()
    {
        var (tenant, user) = await database.NewPersonAsync();
        for (var i = 0; i < 7; i++)
            await tenant.Http.PatchedAsync(user, $$$$"""{"interface":{"text_scale":{{{{60 + i}}}}}}""");
        var read = new List<int>();
        for (string? cursor = null, next = ""; next is not null; cursor = next)
        {
            var page = await tenant.Http.HistoryAsync(user, $"?limit=3{(cursor is null ? "" : $"&cursor={cursor}")}");
            read.AddRange(page.Items.Select(change => change.Version));
            next = page.NextCursor;
        }

        read.ShouldBe([7, 6, 5, 4, 3, 2, 1]);
        foreach (
            var (query, field) in new[]
            {
                ("?limit=0", "limit"),
                ("?limit=201", "limit"),
                ("?cursor=x", "cursor"),
                ($"?cursor={new string('A', 32)}", "cursor"),
                ($"?cursor={new string('_', 32)}", "cursor"),
                ($"?cursor={new string('!', 32)}", "cursor"),
            }
        )
            (
                await tenant.Http.GetAsync($"/users/{user}/preferences/history{query}").ShouldFailAsync(422, ProblemCodes.Invalid)
            ).Errors!.Keys.ShouldBe([field]);
    }

    [Fact]
    public async Task The_history_keeps_as_many_versions_and_days_as_it_is_told()
    {
        var time = new PassingTime(database);
        database.Settings["Preferences:HistoryVersions"] = "3";
        database.Settings["Preferences:HistoryAge"] = "10.00:00:00";
        var node = await time.StartNodeAsync();
        database.Settings.Remove("Preferences:HistoryVersions");
        database.Settings.Remove("Preferences:HistoryAge");
        var tenant = await node.NewTenantAsync();
        var (user, idle) = ((await tenant.Http.ResolveAsync("1")).Id, (await tenant.Http.ResolveAsync("2")).Id);
        await tenant.Http.PatchedAsync(idle, """{"interface":{"theme":"dark"}}""");
        for (var i = 0; i < 5; i++)
            await tenant.Http.PatchedAsync(user, $$$$"""{"interface":{"text_scale":{{{{60 + i}}}}}}""");
        (await tenant.Http.HistoryAsync(user)).Items.Select(change => change.Version).ShouldBe([5, 4, 3]);
        await tenant
            .Http.PostJsonAsync($"/users/{user}/preferences/rollback", """{"version":2}""")
            .ShouldFailAsync(404, ProblemCodes.PreferencesVersion);

        await time.PassAsync(TimeSpan.FromDays(10) + TimeSpan.FromSeconds(1), "preference_history.at");
        (await tenant.Http.HistoryAsync(user)).Items.ShouldBeEmpty();
        await tenant
            .Http.PostJsonAsync($"/users/{user}/preferences/rollback", """{"version":4}""")
            .ShouldFailAsync(404, ProblemCodes.PreferencesVersion);
        (await database.CountOfAsync("preference_history", idle)).ShouldBe(1);
        // Every change deletes the tenant's expired history; the values themselves stay.
        await tenant.Http.PatchedAsync(user, """{"interface":{"theme":"dark"}}""");
        (await database.CountOfAsync("preference_history", idle)).ShouldBe(0);
        (await tenant.Http.HistoryAsync(user)).Items.Select(change => change.Version).ShouldBe([6]);
        (await tenant.Http.PreferencesAsync(idle)).At("interface.theme").ShouldBe("\"dark\"");
    }

    private PreferenceStore StoreOver(CountingEngine engine)
    {
        var services = database.Node.Services;
        return new PreferenceStore(
            new Database(engine, services.GetRequiredService<IDbContextFactory<HatcheckDb>>(), NullLogger<Database>.Instance),
            services.GetRequiredService<UserDirectory>(),
            services.GetRequiredService<PersonChanges>(),
            services.GetRequiredService<PersonVaults>(),
            services.GetRequiredService<TenantSchemas>(),
            services.GetRequiredService<PreferenceHistory>()
        );
    }
}
