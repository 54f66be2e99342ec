using Hatcheck.Platform.Storage;
using Hatcheck.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Storage;

public sealed class SqlTextOnSqlite(OnSqlite database) : SqlTextTests(database), IClassFixture<OnSqlite>
{
    [Fact]
    public async Task Now_is_the_clock_of_the_process_that_has_the_file()
    {
        var time = new ManualTime();
        var node = await Database.StartNodeAsync(services => services.AddSingleton<TimeProvider>(time));
        var engine = node.Services.GetRequiredService<IEngine>();
        time.Advance(TimeSpan.FromDays(400));
        (
            await engine.QueryAsync(Guid.Empty, "select {now}", [], row => row.Instant(Field.At(0)), CancellationToken.None)
        ).ShouldBe([time.GetUtcNow()]);
    }

    // SQLite has no rows to lock, so nothing may be left of the tokens.
    [Theory]
    [InlineData("select 1 {for share}", "select 1 ")]
    [InlineData("select 1 {for key share}", "select 1 ")]
    [InlineData("select 1 {skip locked}", "select 1 ")]
    public void Locks_are_left_out(string text, string expected) => SqlText.Sqlite.Resolve(text).Text.ShouldBe(expected);
}

public sealed class SqlTextOnPostgres(OnPostgres database) : SqlTextTests(database), IClassFixture<OnPostgres>
{
    [Fact]
    public async Task Now_is_the_databases_clock_whatever_the_nodes_says()
    {
        var node = await Database.StartNodeAsync(services =>
            services.AddSingleton<TimeProvider>(new ManualTime(DateTimeOffset.UtcNow.AddDays(9)))
        );
        var engine = node.Services.GetRequiredService<IEngine>();
        var now = (
            await engine.QueryAsync(Guid.Empty, "select {now}", [], row => row.Instant(Field.At(0)), CancellationToken.None)
        ).Single();
        now.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        var bound = await node
            .Services.GetRequiredService<Database>()
            .ReadAsync(Guid.Empty, (db, _) => Task.FromResult(db.Now), CancellationToken.None);
        bound.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Now_goes_on_within_a_transaction_and_stands_still_within_a_statement()
    {
        var all = Database.Node.Services.GetRequiredService<Database>();
        var (first, same, later) = await all.WriteAcrossTenantsAsync(
            async (statements, stop) =>
            {
                var one = await statements.QueryAsync(
                    "select {now}, pg_sleep(0.05)::text, {now}",
                    [],
                    row => (row.Instant(Field.At(0)), row.Instant(Field.At(2))),
                    stop
                );
                var two = await statements.QueryAsync("select {now}", [], row => row.Instant(Field.At(0)), stop);
                return (one[0].Item1, one[0].Item2, two[0]);
            },
            CancellationToken.None
        );
        same.ShouldBe(first);
        later.ShouldBeGreaterThan(first + TimeSpan.FromMilliseconds(40));
    }

    [Fact]
    public async Task Rows_locked_by_another_transaction_are_skipped_and_shared_ones_are_not_changed()
    {
        var tenant = await Database.Node.NewTenantAsync();
        var all = Database.Node.Services.GetRequiredService<Database>();
        const string Free = "select tenant_id from tenants where tenant_id = $1 {skip locked}";
        await all.WriteAcrossTenantsAsync(
            async (holder, stop) =>
            {
                (
                    await holder.QueryAsync(
                        "select tenant_id from tenants where tenant_id = $1 {for share}",
                        [tenant.Id],
                        row => row.Guid(Field.At(0)),
                        stop
                    )
                ).ShouldBe([tenant.Id]);
                (
                    await all.WriteAcrossTenantsAsync(
                        (other, end) => other.QueryAsync(Free, [tenant.Id], row => row.Guid(Field.At(0)), end),
                        stop
                    )
                ).ShouldBeEmpty();
                return true;
            },
            CancellationToken.None
        );
        (
            await all.WriteAcrossTenantsAsync(
                (other, end) => other.QueryAsync(Free, [tenant.Id], row => row.Guid(Field.At(0)), end),
                CancellationToken.None
            )
        ).ShouldBe([tenant.Id]);
    }
}

/// <summary>Each token works on both databases as described.</summary>
public abstract class SqlTextTests(TestedDatabase database)
{
    protected TestedDatabase Database => database;

    private IEngine Engine => database.Node.Services.GetRequiredService<IEngine>();

    [Fact]
    public async Task Least_and_greatest_choose_among_their_arguments()
    {
        var rows = await Engine.QueryAsync(
            Guid.Empty,
            "select {least}($1, $2, $3), {greatest}($1, $2, $3)",
            [2, 1, 3],
            row => (row.Number(Field.At(0)), row.Number(Field.At(1))),
            CancellationToken.None
        );
        rows.ShouldBe([(1, 3)]);
    }

    [Fact]
    public async Task Each_gives_a_row_for_each_text_of_a_list()
    {
        string[] texts = ["b", "a \"quoted\" one", ""];
        (
            await Engine.QueryAsync(
                Guid.Empty,
                "select value from {each}($1) as value",
                [texts],
                row => row.Text(Field.At(0)),
                CancellationToken.None
            )
        ).ShouldBe(texts);
    }

    [Fact]
    public async Task Uuid_is_another_random_id_for_each_row_in_the_form_in_which_ids_are_kept()
    {
        string[] rows = [.. Enumerable.Range(0, 100).Select(number => $"{number}")];
        var ids = await Engine.QueryAsync(
            Guid.Empty,
            "select {uuid} as id from {each}($1) as value",
            [rows],
            row => row.Guid("id"),
            CancellationToken.None
        );
        ids.Distinct().Count().ShouldBe(100);
        ids.ShouldAllBe(id => id.Version == 4 && id.Variant >= 8 && id.Variant <= 11);
        var texts = await Engine.QueryAsync(
            Guid.Empty,
            "select cast({uuid} as text) as id",
            [],
            row => row.Text("id"),
            CancellationToken.None
        );
        var parsed = Guid.Parse(texts[0]).ToString();
        texts[0].ShouldBe(database.Name == "sqlite" ? parsed.ToUpperInvariant() : parsed);
    }

    [Fact]
    public async Task A_span_added_to_now_is_an_instant_and_both_come_back_as_they_went()
    {
        var span = TimeSpan.FromMicroseconds(90_061_000_001);
        var rows = await Engine.QueryAsync(
            Guid.Empty,
            "select {now}, {now} + $1, {now} - $1",
            [span],
            row => (Now: row.Instant(Field.At(0)), Later: row.Instant(Field.At(1)), Earlier: row.Instant(Field.At(2))),
            CancellationToken.None
        );
        (rows[0].Later - rows[0].Now).ShouldBe(span);
        (rows[0].Now - rows[0].Earlier).ShouldBe(span);
    }

    [Fact]
    public async Task The_locks_are_words_that_the_database_takes()
    {
        var tenant = await database.Node.NewTenantAsync();
        foreach (var token in new[] { "{for share}", "{for key share}", "{skip locked}" })
            (
                await Engine.QueryAsync(
                    tenant.Id,
                    $"select tenant_id from tenants where tenant_id = $1 {token}",
                    [tenant.Id],
                    row => row.Guid(Field.At(0)),
                    CancellationToken.None
                )
            ).ShouldBe([tenant.Id]);
    }

    [Fact]
    public async Task A_token_that_there_is_not_is_refused_by_its_name_before_the_database_sees_it()
    {
        var refused = await Should.ThrowAsync<InvalidOperationException>(() =>
            Engine.QueryAsync(Guid.Empty, "select {nwo}", [], row => row.Instant(Field.At(0)), CancellationToken.None)
        );
        refused.Message.ShouldContain("{nwo}");
        refused.Message.ShouldContain("least");
    }

    [Fact]
    public void Both_databases_know_the_same_tokens_and_a_statement_is_worked_out_once()
    {
        SqlText.Sqlite.Tokens.ShouldBe(SqlText.Postgres.Tokens, ignoreOrder: true);
        SqlText.Postgres.Resolve("select {now}").ShouldBeSameAs(SqlText.Postgres.Resolve("select {now}"));
    }
}
