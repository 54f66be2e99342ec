using System.Buffers.Binary;
using System.Globalization;
using Hatcheck.Ids.Catalogue;
using Hatcheck.Ids.Values;

namespace Hatcheck.Ids.Steps;

/// <summary>Finds unique values that would become equal, before anything is changed.</summary>
internal sealed class Collisions(StepContext context)
{
    public async Task<IReadOnlyList<string>> FindAsync(MigrationSnapshot snapshot, IdText text, CancellationToken cancellation)
    {
        var found = new List<string>();
        var carried = await CarriedObjects.ReadAsync(context, snapshot, cancellation);
        foreach (var index in carried.Indexes.Where(index => index.IsUnique && index.UniqueBlocker is null))
        {
            var sites = index.Columns.Where(column => column.Site is { IsNumber: false }).Select(column => column.Site!).ToList();
            if (sites.Count == 0)
                continue;
            if (text.Normalize)
            {
                var twice = await context.Db.ScalarAsync<long>(
                    index.CountDuplicatesSql(site => site.IsNumber ? site.Sql : text.SameSql(site.Sql)),
                    cancellation
                );
                if (twice > 0)
                    found.Add(
                        $"{index.Name} of {index.Table} is unique, and {twice} ids occur in several spellings: merge "
                            + "those rows first."
                    );
            }

            if (
                text.KeepHashed
                && context.Replacement is not null
                && index.Columns.Count == 1
                && await CountHashedTwiceAsync(sites[0], text, cancellation) is var both and > 0
            )
                found.Add(
                    $"{index.Name} of {index.Table} is unique, and {both} ids occur both readable and hashed: merge those "
                        + "rows first."
                );
        }

        return found;
    }

    /// <summary>Counts ids whose hash is in the table too. Holds 8 bytes of each hash in memory, and no ids.</summary>
    private async Task<long> CountHashedTwiceAsync(Site site, IdText text, CancellationToken cancellation)
    {
        var hashed = new HashSet<ulong>();
        await foreach (var verdict in ReadAsync(site, text, cancellation))
        {
            if (verdict.Hashed is { } hash)
                hashed.Add(ulong.Parse(hash.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        }

        if (hashed.Count == 0)
            return 0;
        var (both, ids, hashes) = (0L, new long[1], new string[1]);
        await foreach (var verdict in ReadAsync(site, text, cancellation))
        {
            if (verdict.Hashed is not null || verdict.Refusal is not null)
                continue;
            ids[0] = verdict.Id;
            await context.Required.ComputeAsync(ids, hashes, cancellation);
            if (hashed.Contains(BinaryPrimitives.ReadUInt64BigEndian(Convert.FromHexString(hashes[0].AsSpan(0, 16)))))
                both++;
        }

        return both;
    }

    private async IAsyncEnumerable<IdVerdict> ReadAsync(
        Site site,
        IdText text,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await using var command = context.Db.Command(
            $"select {site.ValueSql} as id from only {site.Table.Sql} where {site.Sql} is not null"
        );
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var id = reader.GetOrdinal("id");
        while (await reader.ReadAsync(cancellation))
            yield return text.Read(reader.GetString(id));
    }
}
