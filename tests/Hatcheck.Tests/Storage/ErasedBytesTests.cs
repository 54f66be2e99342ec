using System.Net;
using System.Text;
using Hatcheck.Contracts;
using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Storage;

/// <summary>SQLite's files keep nothing of an erased user that opens, names or finds them.</summary>
public sealed class ErasedBytesTests
{
    private const int People = 400;

    [Fact]
    public async Task Nothing_of_an_erased_person_is_left_in_the_files()
    {
        await using var database = new OnSqlite();
        await database.InitializeAsync();
        var tenant = await database.Node.NewTenantAsync();
        var people = await PeopleAsync(tenant);
        var traces = await TracesAsync(database, tenant);
        Missing(database, traces).ShouldBeEmpty("before the erasure all of it is there, or this test sees nothing");

        // Erased in the middle and at the ends, so that pages are split, balanced and freed around the remaining rows.
        var erased = Enumerable.Range(0, People).Where(i => i % 3 == 0).Select(i => people[i]).ToHashSet();
        foreach (var user in erased)
            (await tenant.Http.DeleteAsync($"/users/{user}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        Found(database, traces.Where(trace => erased.Contains(trace.User))).ShouldBeEmpty();
        Missing(database, traces.Where(trace => !erased.Contains(trace.User))).ShouldBeEmpty("who was not erased is still there");
    }

    [Fact]
    public async Task A_reader_that_holds_the_log_delays_the_scrub_until_the_next_write_without_it()
    {
        await using var database = new OnSqlite();
        database.Settings["Database:Timeout"] = "00:00:01";
        await database.InitializeAsync();
        var tenant = await database.Node.NewTenantAsync();
        var erased = (await tenant.Http.ResolveAsync("4711")).Id;
        var other = (await tenant.Http.ResolveAsync("4712")).Id;
        var traces = (await TracesAsync(database, tenant)).FindAll(trace => trace.User == erased);
        await using var reader = await database.OpenAsync();
        await reader.ExecuteAsync("begin");
        await reader.ScalarAsync("select count(*) from users");

        (await tenant.Http.DeleteAsync($"/users/{erased}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        Found(database, traces).ShouldNotBeEmpty("the reader still sees the old pages");
        await reader.ExecuteAsync("rollback");
        await tenant
            .Http.PostJsonAsync($"/users/{other}/usage", """{"action":"a"}""")
            .ReadAsync<UsageEntry>(HttpStatusCode.Created);
        Found(database, traces).ShouldBeEmpty();
    }

    [Fact]
    public async Task Copies_of_moved_rows_go_with_the_compaction_which_a_stopped_process_leaves_to_the_next()
    {
        await using var database = new OnSqlite();
        await database.InitializeAsync();
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("1")).Id;
        var random = new Random(20261129);
        string Value() => Convert.ToHexStringLower(Enumerable.Range(0, 32).Select(_ => (byte)random.Next(256)).ToArray());
        var old = Enumerable.Range(0, 3_000).Select(_ => Value()).ToList();
        // Like a rotation: each identity gains a row and loses one.
        await database
            .Node.Services.GetRequiredService<Database>()
            .WriteAcrossTenantsAsync(
                async (all, stop) =>
                {
                    foreach (var (value, version) in old.Select(value => (value, 1)).Concat(old.Select(_ => (Value(), 2))))
                    {
                        await all.ExecuteAsync(
                            "insert into identities (tenant_id, channel, index_value, key_version, kind, identity_id, "
                                + "user_id, sealed_under, sealed_id, linked_at) "
                                + "values ($1, 'test', $2, $3, 'user', $4, $5, $5, $6, 0)",
                            [tenant.Id, value, version, Guid.NewGuid(), user, new byte[60]],
                            stop
                        );
                    }

                    return await all.ExecuteAsync("delete from identities where channel = 'test' and key_version = 1", [], stop);
                },
                CancellationToken.None
            );
        var traces = old.ConvertAll(value => (user, "index value", Encoding.ASCII.GetBytes(value)));
        // An erasure owes it from its commit on; this process does nothing more, as if killed.
        await database
            .Node.Services.GetRequiredService<Database>()
            .WriteAsync(
                tenant.Id,
                async (db, stop) =>
                {
                    await db.Engine.OweCompactionAsync(db, stop);
                    return true;
                },
                default
            );
        Found(database, traces).ShouldNotBeEmpty("or overwriting what is deleted is enough by now, and no compaction is needed");
        // Another process, as after a kill.
        await (await database.StartNodeAsync()).Services.GetRequiredService<IEngine>().CompactAsync(default);
        Found(database, traces).ShouldBeEmpty();
    }

    private static async Task<List<Guid>> PeopleAsync(TestTenant tenant)
    {
        var people = new List<Guid>();
        for (var i = 0; i < People; i++)
        {
            var user = (await tenant.Http.ResolveAsync($"{70_000 + (i * 37 % People)}")).Id;
            people.Add(user);
            if (i % 8 == 0)
                await tenant
                    .Http.PostJsonAsync($"/users/{user}/usage", """{"action":"a"}""")
                    .ReadAsync<UsageEntry>(HttpStatusCode.Created);
        }

        return people;
    }

    private static async Task<List<(Guid User, string What, byte[] Bytes)>> TracesAsync(
        TestedDatabase database,
        TestTenant tenant
    )
    {
        await using var connection = await database.OpenAsync();
        var rows = await connection.RowsAsync(
            "select user_id, 'index value', hex(cast(index_value as blob)) from identities "
                + $"where tenant_id = {RawSql.Literal(tenant.Id)} "
                + "union all select user_id, 'sealed id', hex(sealed_id) from identities union all "
                + "select user_id, 'wrapped key', hex(wrapped) from user_keys "
                + "union all select user_id, 'usage', hex(entry) from usage_log"
        );
        return rows.ConvertAll(row =>
            row.Split('|') is var parts ? (Guid.Parse(parts[0]), parts[1], Convert.FromHexString(parts[2])) : default
        );
    }

    private static List<string> Found(TestedDatabase database, IEnumerable<(Guid User, string What, byte[] Bytes)> traces) =>
        Look(database, traces, wanted: true);

    private static List<string> Missing(TestedDatabase database, IEnumerable<(Guid User, string What, byte[] Bytes)> traces) =>
        Look(database, traces, wanted: false);

    private static List<string> Look(
        TestedDatabase database,
        IEnumerable<(Guid User, string What, byte[] Bytes)> traces,
        bool wanted
    )
    {
        // Latin-1 maps bytes to characters one to one, and searches fast.
        var files = Directory
            .GetFiles(database.Folder, "hatcheck.db*")
            .Where(file => new FileInfo(file).Length > 0)
            .Select(file => (Name: Path.GetFileName(file), Text: Read(file)))
            .ToList();
        return
        [
            .. traces.SelectMany(trace =>
            {
                var text = Encoding.Latin1.GetString(trace.Bytes);
                // A page break may split a long cell; its middle identifies it as well.
                var middle = text.Substring(text.Length / 3, Math.Min(24, text.Length / 3));
                var inFiles = files
                    .Where(file => file.Text.Contains(middle, StringComparison.Ordinal))
                    .Select(file => $"{trace.What} of {trace.User} in {file.Name}")
                    .ToList();
                return wanted ? inFiles
                    : inFiles.Count == 0 ? [$"{trace.What} of {trace.User}"]
                    : [];
            }),
        ];
    }

    private static string Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return Encoding.Latin1.GetString(bytes.ToArray());
    }
}
