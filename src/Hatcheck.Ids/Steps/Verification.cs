using Hatcheck.Crypto;
using Hatcheck.Ids.Catalogue;
using Hatcheck.Ids.State;
using Hatcheck.Ids.Values;

namespace Hatcheck.Ids.Steps;

/// <summary>The result for one column.</summary>
/// <param name="Table">The table.</param>
/// <param name="Column">The column with the ids.</param>
/// <param name="Rows">All rows.</param>
/// <param name="Right">Rows whose replacement matches the id.</param>
/// <param name="Nulls">Rows without an id and without a replacement.</param>
/// <param name="OnlyReplacement">Rows without an id but with a replacement, written by a program that already hashes.</param>
/// <param name="Unfilled">Rows with an id but no replacement yet.</param>
/// <param name="Rejected">Rows whose value is no id.</param>
/// <param name="Wrong">Rows whose replacement does not match the id.</param>
internal sealed record SiteVerdict(
    string Table,
    string Column,
    long Rows,
    long Right,
    long Nulls,
    long OnlyReplacement,
    long Unfilled,
    long Rejected,
    long Wrong
);

/// <summary>
/// Computes every replacement again and compares; then checks what the database can count. Changes nothing.
/// </summary>
internal sealed class Verification(StepContext context, RejectList rejects)
{
    private const int Chunk = 1000;

    public async Task<(IReadOnlyList<SiteVerdict> Verdicts, IReadOnlyList<string> Differences)> RunAsync(
        MigrationSnapshot snapshot,
        bool writersGoOn,
        CancellationToken cancellation
    )
    {
        var text = Backfill.Union(snapshot.Begun().Text, context.Options.Text);
        rejects.Restart();
        var verdicts = new List<SiteVerdict>();
        var differences = new List<string>();
        foreach (var site in snapshot.Sites)
        {
            var verdict = await CompareAsync(site, text, cancellation);
            verdicts.Add(verdict);
            if (verdict.Wrong > 0)
                differences.Add($"{site}: {verdict.Wrong} rows whose replacement does not match their id");
            if (verdict.Unfilled > 0 && !writersGoOn)
                differences.Add(
                    $"{site}: {verdict.Unfilled} rows without a replacement; `hatcheck ids fill` again (the contract fills "
                        + "what writers add meanwhile)"
                );
            if (verdict.Rejected > 0 && !context.Options.NullRejects)
                differences.Add($"{site}: {verdict.Rejected} rows whose value is no id");
            differences.AddRange(await DuplicatesAsync(snapshot, site, text, cancellation));
        }

        rejects.Close();
        differences.AddRange(await OrphansAsync(snapshot, writersGoOn, cancellation));
        return (verdicts, differences);
    }

    private async Task<SiteVerdict> CompareAsync(Site site, IdText text, CancellationToken cancellation)
    {
        var (rows, right, nulls, only, unfilled, refused, wrong) = (0L, 0L, 0L, 0L, 0L, 0L, 0L);
        var ids = new long[Chunk];
        var expected = new string[Chunk];
        var stored = new string[Chunk];
        var found = new List<Reject>();
        var count = 0;
        context.Report.Begin($"verify {site}", 0, Math.Max(0, (long)site.EstimatedRows));
        await using var command = context.Db.Command(
            $"select {site.ValueSql} as id, {site.NewSql}::text as replacement, {site.RowNameSql} as row_name "
                + $"from only {site.Table.Sql}"
        );
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var (id, newColumn, rowName) = (reader.GetOrdinal("id"), reader.GetOrdinal("replacement"), reader.GetOrdinal("row_name"));
        while (await reader.ReadAsync(cancellation))
        {
            if (++rows % Chunk == 0)
                context.Report.Advance(rows);
            var replacement = reader.IsDBNull(newColumn) ? null : reader.GetString(newColumn);
            if (reader.IsDBNull(id))
            {
                if (replacement is null)
                    nulls++;
                else if (context.Kind == ReplacementKind.Hash && !BlindIndexKey.IsIndex(replacement))
                    wrong++;
                else
                    only++;
                continue;
            }

            var verdict = site.IsNumber ? IdText.Read(reader.GetInt64(id)) : text.Read(reader.GetString(id));
            if (verdict.Hashed is { } hashed)
            {
                if (replacement is null)
                    unfilled++;
                else if (replacement == hashed)
                    right++;
                else
                    wrong++;
            }
            else if ((verdict.Refusal ?? context.Required.Refuse(verdict.Id)) is { } reason)
            {
                // Only another program can have written a replacement for a value that is no id.
                if (replacement is not null)
                    wrong++;
                refused++;
                found.Add(new Reject(reader.GetString(rowName), reason));
                if (found.Count == Chunk)
                    Hand(site, found);
            }
            else if (replacement is null)
            {
                unfilled++;
            }
            else
            {
                (ids[count], stored[count++]) = (verdict.Id, replacement);
                if (count == Chunk)
                    await JudgeAsync();
            }
        }

        await JudgeAsync();
        Hand(site, found);
        context.Report.End();
        return new SiteVerdict(site.Table.ToString(), site.Column, rows, right, nulls, only, unfilled, refused, wrong);

        async ValueTask JudgeAsync()
        {
            await context.Required.RecallAsync(ids.AsMemory(0, count), expected.AsMemory(0, count), cancellation);
            for (var i = 0; i < count; i++)
            {
                if (expected[i] == stored[i])
                    right++;
                else
                    wrong++;
            }

            count = 0;
        }
    }

    private void Hand(Site site, List<Reject> found)
    {
        rejects.Add(site, found);
        found.Clear();
    }

    /// <summary>Two ids with one replacement are two users made one; two spellings of one id may be intended.</summary>
    private async Task<IEnumerable<string>> DuplicatesAsync(
        MigrationSnapshot snapshot,
        Site site,
        IdText text,
        CancellationToken cancellation
    )
    {
        var id = site.IsNumber ? site.Sql : text.SameSql(site.Sql);
        var merged = await context.Db.ScalarAsync<long>(
            $"select count(*) from (select {site.NewSql} from (select distinct {id} as id, {site.NewSql} "
                + $"from only {site.Table.Sql} where {site.NewSql} is not null and {site.Sql} is not null) d "
                + $"group by {site.NewSql} having count(*) > 1) m",
            cancellation
        );
        var differences = new List<string>();
        if (merged > 0)
            differences.Add(
                $"{site}: {merged} replacements stand for several ids "
                    + $"each{(context.Kind == ReplacementKind.Ticket ? " (people merged in Hatcheck)" : "")}"
            );
        foreach (
            var index in (await new IndexReader(context.Db).ReadAsync(snapshot.Sites, context.Kind, cancellation)).Where(index =>
                index.IsUnique && index.TableOid == site.TableOid && index.UniqueBlocker is null
            )
        )
        {
            var twice = await context.Db.ScalarAsync<long>(index.CountDuplicatesSql(one => one.NewSql), cancellation);
            if (twice > 0)
                differences.Add($"{index.Name} is unique, and {twice} values would occur more than once");
        }

        return differences;
    }

    private async Task<IEnumerable<string>> OrphansAsync(
        MigrationSnapshot snapshot,
        bool writersGoOn,
        CancellationToken cancellation
    )
    {
        var differences = new List<string>();
        foreach (var key in await new ForeignKeyReader(context.Db).ReadAsync(snapshot.Sites, cancellation))
        {
            var orphans = await context.Db.ScalarAsync<long>(key.CountOrphansSql(unguarded: writersGoOn), cancellation);
            if (orphans > 0)
                differences.Add($"{key.Table}: {orphans} rows would refer by {key.Name} to missing rows");
        }

        return differences;
    }
}
