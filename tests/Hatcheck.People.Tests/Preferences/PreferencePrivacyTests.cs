using System.Net;
using Hatcheck.Contracts;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.Preferences;
using Hatcheck.ServerKit.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.People.Tests.Preferences;

public sealed class PreferencePrivacyOnSqlite(OnSqlite database) : PreferencePrivacyTests(database), IClassFixture<OnSqlite>;

public sealed class PreferencePrivacyOnPostgres(OnPostgres database)
    : PreferencePrivacyTests(database),
        IClassFixture<OnPostgres>;

/// <summary>How preferences are stored, who can read them, and what an erasure leaves.</summary>
public abstract class PreferencePrivacyTests(TestedDatabase database)
{
    private const string Canary = "Rotkehlchen-canary";

    [Fact]
    public async Task Values_are_stored_sealed_and_the_audit_entry_names_keys_only()
    {
        var (tenant, user) = await database.NewPersonAsync();
        await tenant.Http.PatchedAsync(
            user,
            $$$$"""{"assistant":{"instructions":"{{{{Canary}}}}"},"locale":{"language":"de"}}"""
        );
        await tenant.Http.PatchedAsync(user, """{"assistant":{"instructions":"other"}}""");
        await using var connection = await database.OpenAsync();
        foreach (
            var (table, column) in new[]
            {
                ("preferences", "own_values"),
                ("preference_history", "change"),
                ("audit_pending", "details"),
            }
        )
        {
            var cell = (byte[])
                (await connection.ScalarAsync($"select {column} from {table} where user_id = {RawSql.Literal(user)} limit 1"))!;
            cell.AsSpan().IndexOf("canary"u8).ShouldBe(-1);
            cell.AsSpan().IndexOf("instructions"u8).ShouldBe(-1);
        }

        database.Node.Log.ToString().ShouldNotContain("canary");
        (await DetailsAsync(tenant.Id, user)).ShouldBe(
            ["preferences.update assistant.instructions locale.language", "preferences.update assistant.instructions"],
            ignoreOrder: true
        );
    }

    [Fact]
    public async Task A_cell_put_into_another_place_or_time_is_never_read_as_anybodys_preferences()
    {
        var tenant = await database.Node.NewTenantAsync();
        var other = await database.Node.NewTenantAsync();
        var people = new List<(TestTenant Tenant, Guid Id)>
        {
            (tenant, (await tenant.Http.ResolveAsync("1")).Id),
            (tenant, (await tenant.Http.ResolveAsync("2")).Id),
            (other, (await other.Http.ResolveAsync("1")).Id),
        };
        var cells = new List<byte[]>();
        foreach (var (owner, id) in people)
        {
            await owner.Http.PatchedAsync(id, $$$$"""{"assistant":{"instructions":"{{{{Canary}}}} {{{{people.Count}}}}"}}""");
            cells.Add(
                (byte[])
                    (await database.ScalarAsync($"select own_values from preferences where user_id = {RawSql.Literal(id)}", []))!
            );
        }

        var mine = people[0].Id;
        var history = (byte[])
            (await database.ScalarAsync($"select change from preference_history where user_id = {RawSql.Literal(mine)}", []))!;
        foreach (var foreign in new[] { cells[1], cells[2], history, cells[0][..^1], [.. cells[0], 0], [] })
            await FailsWithAsync(foreign);
        // An older cell under the current version.
        await tenant.Http.PatchedAsync(mine, """{"assistant":{"instructions":"new"}}""");
        var todays = (byte[])
            (await database.ScalarAsync($"select own_values from preferences where user_id = {RawSql.Literal(mine)}", []))!;
        await FailsWithAsync(cells[0]);
        await SetAsync(todays);
        (await tenant.Http.PreferencesAsync(mine)).At("assistant.instructions").ShouldBe("\"new\"");

        // Changes of one user, swapped between versions.
        var changes = new List<byte[]>();
        foreach (var version in new[] { 1, 2 })
            changes.Add(
                (byte[])
                    (
                        await database.ScalarAsync(
                            $"select change from preference_history where user_id = {RawSql.Literal(mine)} "
                                + $"and version = {version}",
                            []
                        )
                    )!
            );
        await database.ExecuteAsync(
            $"update preference_history set change = $1 where user_id = {RawSql.Literal(mine)} and version = 1",
            changes[1]
        );
        await FailsAsync(tenant.Http.GetAsync($"/users/{mine}/preferences/history"));
        await FailsAsync(tenant.Http.PostJsonAsync($"/users/{mine}/preferences/rollback", """{"version":1}"""));

        async Task FailsWithAsync(byte[] cell)
        {
            await SetAsync(cell);
            foreach (
                var sent in new[]
                {
                    tenant.Http.GetAsync($"/users/{mine}/preferences"),
                    tenant.Http.PatchAsync(mine, """{"interface":{"theme":"dark"}}"""),
                    tenant.Http.GetAsync($"/users/{mine}/export"),
                }
            )
                await FailsAsync(sent);
            await SetAsync(cells[0]);
        }

        Task SetAsync(byte[] cell) =>
            database.ExecuteAsync($"update preferences set own_values = $1 where user_id = {RawSql.Literal(mine)}", cell);
    }

    [Fact]
    public async Task The_export_shows_own_values_with_their_flag_and_the_whole_history()
    {
        var (tenant, user) = await database.NewPersonAsync();
        await tenant.Http.PatchedAsync(user, $$$$"""{"assistant":{"instructions":"{{{{Canary}}}}","tone":"formal"}}""");
        await tenant
            .Http.PostJsonAsync($"/users/{user}/preferences/reset", """{"keys":["assistant.instructions"]}""")
            .ReadAsync<PreferencesResponse>();
        var export = await tenant.Http.GetAsync($"/users/{user}/export").ReadAsync<UserExport>();
        export
            .Sections["preferences"]
            .Select(entry => $"{entry.GetProperty("key")} {entry.GetProperty("value")} {entry.GetProperty("personal")}")
            .ShouldBe(["assistant.tone formal False"]);
        export.Sections["preference_changes"].Select(entry => entry.GetProperty("act").GetString()).ShouldBe(["update", "reset"]);
        export.Sections["preference_changes"][1].GetProperty("changes")[0].GetProperty("old").GetString().ShouldBe(Canary);
        (await tenant.Http.GetAsync($"/users/{user}/summary").ReadAsync<UserSummary>())
            .Sections.Where(section => section.Name.StartsWith("preference", StringComparison.Ordinal))
            .Select(section => (section.Name, section.Count))
            .ShouldBe([("preferences", 1), ("preference_changes", 2)], ignoreOrder: true);
    }

    [Fact]
    public async Task An_erasure_leaves_nothing_and_the_id_answers_410()
    {
        var (tenant, user) = await database.NewPersonAsync();
        await tenant.Http.PatchedAsync(user, """{"interface":{"theme":"dark"}}""");
        (await tenant.Http.DeleteAsync($"/users/{user}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        foreach (var table in new[] { "preferences", "preference_history", "user_keys" })
            (await database.CountOfAsync(table, user)).ShouldBe(0, table);
        foreach (
            var sent in new[]
            {
                tenant.Http.GetAsync($"/users/{user}/preferences"),
                tenant.Http.GetAsync($"/users/{user}/preferences/history"),
                tenant.Http.PatchAsync(user, """{"interface":{"theme":"dark"}}"""),
                tenant.Http.PostJsonAsync($"/users/{user}/preferences/reset", "{}"),
                tenant.Http.PostJsonAsync($"/users/{user}/preferences/rollback", """{"version":1}"""),
            }
        )
        {
            await sent.ShouldFailAsync(410, ProblemCodes.UserErased);
        }
    }

    [Fact]
    public async Task What_is_written_while_a_person_is_erased_leaves_no_orphan()
    {
        var tenant = await database.Node.NewTenantAsync();
        var second = await database.StartNodeAsync();
        var clients = new[] { tenant.Http, second.Client(tenant.Key) };
        for (var round = 1; round <= 4; round++)
        {
            var user = (await tenant.Http.ResolveAsync($"{round}")).Id;
            var writes = Enumerable
                .Range(0, 12)
                .Select(i => clients[i % 2].PatchAsync(user, $$$$"""{"interface":{"text_scale":{{{{60 + i}}}}}}"""))
                .ToList();
            (await tenant.Http.DeleteAsync($"/users/{user}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
            foreach (var write in writes)
                ((int)(await write).StatusCode).ShouldBeOneOf(200, 410);
            foreach (var table in new[] { "preferences", "preference_history", "user_keys" })
                (await database.CountOfAsync(table, user)).ShouldBe(0, table);
        }
    }

    [Fact]
    public async Task Of_two_users_who_are_one_person_the_survivors_preferences_count_and_both_are_exported_and_erased()
    {
        var tenant = await database.Node.NewTenantAsync();
        var (survivor, merged) = ((await tenant.Http.ResolveAsync("1")).Id, (await tenant.Http.ResolveAsync("2")).Id);
        await tenant.Http.PatchedAsync(survivor, """{"interface":{"theme":"dark"}}""");
        await tenant.Http.PatchedAsync(merged, """{"interface":{"theme":"light","density":"compact"}}""");
        await tenant.Http.MergeAsync(merged, survivor);
        foreach (var id in new[] { survivor, merged })
        {
            var read = await tenant.Http.PreferencesAsync(id);
            (read.UserId, read.At("interface.theme"), read.At("interface.density")).ShouldBe(
                (survivor, "\"dark\"", "\"comfortable\"")
            );
        }

        (await tenant.Http.PatchedAsync(merged, """{"interface":{"text_scale":150}}""")).UserId.ShouldBe(survivor);
        (await tenant.Http.HistoryAsync(merged)).Items.Count.ShouldBe(2);
        var export = await tenant.Http.GetAsync($"/users/{survivor}/export").ReadAsync<UserExport>();
        export.Sections["preferences"].Count.ShouldBe(4);
        export.Sections["preference_changes"].Count.ShouldBe(3);
        (await tenant.Http.DeleteAsync($"/users/{merged}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        foreach (var id in new[] { survivor, merged })
            (await database.CountOfAsync("preferences", id)).ShouldBe(0);
    }

    private static async Task FailsAsync(Task<HttpResponseMessage> sending)
    {
        var sent = await sending;
        (await sent.Content.ReadAsStringAsync()).ShouldNotContain("canary");
        await Task.FromResult(sent).ShouldFailAsync(500, ProblemCodes.Internal);
    }

    private async Task<List<string>> DetailsAsync(Guid tenant, Guid user)
    {
        var services = database.Node.Services;
        await using var connection = await services.GetRequiredService<IEngine>().OpenAcrossTenantsAsync(CancellationToken.None);
        async Task<List<T>> RowsAsync<T>(string sql, Func<Row, T> read)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            await using var reader = await command.ExecuteReaderAsync();
            var rows = new List<T>();
            while (await reader.ReadAsync())
                rows.Add(read(new Row(reader)));
            return rows;
        }

        using var vault = services.GetRequiredService<PersonVaults>().Open(tenant);
        var entries = await RowsAsync(
            $"select act, entry_id, details from audit_pending where user_id = {RawSql.Literal(user)}",
            row => (Act: row.Text(Field.At(0)), Id: row.Guid(Field.At(1)), Cell: row.Bytes(Field.At(2)))
        );
        var details = new List<string>();
        foreach (var (act, id, cell) in entries)
            details.Add(
                $"{act} {await vault.OpenAsync(AuditEntry.Sealed.At(KeyOwner.AuditOf(user), id), cell, CancellationToken.None)}"
            );
        return details;
    }
}
