using Hatcheck.Ids.Catalogue;
using Hatcheck.Ids.State;
using Hatcheck.Ids.Values;

namespace Hatcheck.Ids.Steps;

/// <summary>Counts of a column's values.</summary>
internal sealed record SiteCount(
    string Table,
    string Column,
    string Type,
    long Rows,
    long Nulls,
    long Ids,
    long Hashed,
    long Rejected
);

/// <summary>Reads every value as the fill would, and changes nothing.</summary>
internal sealed class Scan(StepContext context, RejectList rejects)
{
    private const int Chunk = 1000;

    public async Task<IReadOnlyList<SiteCount>> RunAsync(MigrationSnapshot snapshot, IdText text, CancellationToken cancellation)
    {
        var counts = new List<SiteCount>();
        rejects.Restart();
        foreach (var site in snapshot.Sites)
            counts.Add(await CountAsync(site, text, cancellation));
        rejects.Close();
        return counts;
    }

    private async Task<SiteCount> CountAsync(Site site, IdText text, CancellationToken cancellation)
    {
        var (rows, nulls, ids, hashed, refused) = (0L, 0L, 0L, 0L, 0L);
        var found = new List<Reject>(Chunk);
        context.Report.Begin($"read {site}", 0, Math.Max(0, (long)site.EstimatedRows));
        await using var command = context.Db.Command(
            $"select {site.ValueSql} as id, {site.RowNameSql} as row_name from only {site.Table.Sql}"
        );
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var (id, rowName) = (reader.GetOrdinal("id"), reader.GetOrdinal("row_name"));
        while (await reader.ReadAsync(cancellation))
        {
            if (++rows % Chunk == 0)
                context.Report.Advance(rows);
            if (reader.IsDBNull(id))
            {
                nulls++;
                continue;
            }

            var verdict = site.IsNumber ? IdText.Read(reader.GetInt64(id)) : text.Read(reader.GetString(id));
            if (verdict.Hashed is not null)
                hashed++;
            else if ((verdict.Refusal ?? context.Replacement?.Refuse(verdict.Id)) is { } reason)
            {
                refused++;
                found.Add(new Reject(reader.GetString(rowName), reason));
                if (found.Count < Chunk)
                    continue;
                rejects.Add(site, found);
                found.Clear();
            }
            else
            {
                ids++;
            }
        }

        rejects.Add(site, found);
        context.Report.End();
        return new SiteCount(site.Table.ToString(), site.Column, site.Type, rows, nulls, ids, hashed, refused);
    }
}
