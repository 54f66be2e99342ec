using Hatcheck.Crypto;
using Hatcheck.Ids.Catalogue;
using Hatcheck.Ids.State;
using Hatcheck.Ids.Values;

namespace Hatcheck.Ids.Steps;

/// <summary>What was found in one column.</summary>
/// <param name="Table">The table.</param>
/// <param name="Column">The column with the ids.</param>
/// <param name="Rows">All rows.</param>
/// <param name="Right">Rows whose replacement is what the id gives.</param>
/// <param name="Nulls">Rows without an id and without a replacement.</param>
/// <param name="OnlyReplacement">Rows without an id that have a replacement: written by a program that hashes already.</param>
/// <param name="Unfilled">Rows with an id that have none yet.</param>
/// <param name="Rejected">Rows whose value is no id.</param>
/// <param name="Wrong">Rows whose replacement is another than the id gives.</param>
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
/// Computes every replacement again, and compares; then what the database can count by itself. Changes nothing.
/// </summary>
internal sealed class Verification(Work work, RejectList rejects)
{
    private const int Chunk = 1000;

    public async Task<(IReadOnlyList<SiteVerdict> Verdicts, IReadOnlyList<string> Differences)> RunAsync(
        Scene scene,
        bool writersGoOn,
        CancellationToken cancellation
    )
    {
        var text = Filling.Union(scene.Begun().Text, work.Options.Text);
        rejects.Restart();
        var verdicts = new List<SiteVerdict>();
        var differences = new List<string>();
        foreach (var site in scene.Sites)
        {
            var verdict = await CompareAsync(site, text, cancellation);
            verdicts.Add(verdict);
            if (verdict.Wrong > 0)
                differences.Add($"{site}: {verdict.Wrong} rows whose replacement is not what their id gives");
            if (verdict.Unfilled > 0 && !writersGoOn)
                differences.Add(
                    $"{site}: {verdict.Unfilled} rows without a replacement; `hatcheck ids fill` again (the contract fills "
                        + "what writers add meanwhile)"
                );
            if (verdict.Rejected > 0 && !work.Options.NullRejects)
                differences.Add($"{site}: {verdict.Rejected} rows whose value is no id");
            differences.AddRange(await DuplicatesAsync(scene, site, text, cancellation));
        }

        rejects.Close();
        differences.AddRange(await OrphansAsync(scene, writersGoOn, cancellation));
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
        work.Report.Begin($"verify {site}", 0, Math.Max(0, (long)site.EstimatedRows));
        await using var command = work.Db.Command(
            $"select {site.ValueSql} as id, {site.NewSql}::text as replacement, {site.RowNameSql} as row_name "
                + $"from only {site.Table.Sql}"
        );
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var (id, newColumn, rowName) = (reader.GetOrdinal("id"), reader.GetOrdinal("replacement"), reader.GetOrdinal("row_name"));
        while (await reader.ReadAsync(cancellation))
        {
            if (++rows % Chunk == 0)
                work.Report.Advance(rows);
            var replacement = reader.IsDBNull(newColumn) ? null : reader.GetString(newColumn);
            if (reader.IsDBNull(id))
            {
                if (replacement is null)
                    nulls++;
                else if (work.Kind == ReplacementKind.Hash && !BlindIndexKey.IsIndex(replacement))
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
            else if ((verdict.Refusal ?? work.Required.Refuse(verdict.Id)) is { } reason)
            {
                // A replacement of what is no id can only be somebody else's doing.
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
        work.Report.End();
        return new SiteVerdict(site.Table.ToString(), site.Column, rows, right, nulls, only, unfilled, refused, wrong);

        async ValueTask JudgeAsync()
        {
            await work.Required.RecallAsync(ids.AsMemory(0, count), expected.AsMemory(0, count), cancellation);
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

    /// <summary>Two ids with one replacement are two persons made one; two spellings of one id may be what was wanted.</summary>
    private async Task<IEnumerable<string>> DuplicatesAsync(Scene scene, Site site, IdText text, CancellationToken cancellation)
    {
        var id = site.IsNumber ? site.Sql : text.SameSql(site.Sql);
        var merged = await work.Db.ScalarAsync<long>(
            $"select count(*) from (select {site.NewSql} from (select distinct {id} as id, {site.NewSql} "
                + $"from only {site.Table.Sql} where {site.NewSql} is not null and {site.Sql} is not null) d "
                + $"group by {site.NewSql} having count(*) > 1) m",
            cancellation
        );
        var differences = new List<string>();
        if (merged > 0)
            differences.Add(
                $"{site}: {merged} replacements stand for several ids "
                    + $"each{(work.Kind == ReplacementKind.Ticket ? " (people merged in Hatcheck)" : "")}"
            );
        foreach (
            var index in (await new IndexReader(work.Db).ReadAsync(scene.Sites, work.Kind, cancellation)).Where(index =>
                index.IsUnique && index.TableOid == site.TableOid && index.UniqueBlocker is null
            )
        )
        {
            var twice = await work.Db.ScalarAsync<long>(index.CountDuplicatesSql(one => one.NewSql), cancellation);
            if (twice > 0)
                differences.Add($"{index.Name} is unique, and {twice} values would be there more than once");
        }

        return differences;
    }

    private async Task<IEnumerable<string>> OrphansAsync(Scene scene, bool writersGoOn, CancellationToken cancellation)
    {
        var differences = new List<string>();
        foreach (var key in await new ForeignKeyReader(work.Db).ReadAsync(scene.Sites, cancellation))
        {
            var orphans = await work.Db.ScalarAsync<long>(key.CountOrphansSql(unguarded: writersGoOn), cancellation);
            if (orphans > 0)
                differences.Add($"{key.Table}: {orphans} rows would refer by {key.Name} to nobody");
        }

        return differences;
    }
}
