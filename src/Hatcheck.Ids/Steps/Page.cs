using System.Text;
using Hatcheck.Ids.Catalogue;
using Hatcheck.Ids.State;
using Hatcheck.Ids.Values;
using Npgsql;
using NpgsqlTypes;

namespace Hatcheck.Ids.Steps;

/// <summary>
/// Rows without a replacement, in the order of their places in the file. Keeps each row's place and version: a writer
/// that changes the row creates another version, which the write leaves alone. Reuses its buffers for every page.
/// </summary>
internal sealed class Page(IReplacement replacement, IdText text, int capacity)
{
    private readonly long[] ids = new long[capacity];
    private readonly NpgsqlTid[] idPlaces = new NpgsqlTid[capacity];
    private readonly uint[] idVersions = new uint[capacity];
    private readonly string[] replacements = new string[capacity];
    private readonly List<(NpgsqlTid Place, uint Version, string Hash)> kept = [];
    private readonly StringBuilder literal = new();
    private int count;

    /// <summary>Rows read.</summary>
    public int Read { get; private set; }

    public List<Reject> Rejects { get; } = [];

    public NpgsqlTid Last { get; private set; }

    /// <summary>Rows that get a replacement.</summary>
    public int Writable => count + kept.Count;

    /// <summary>SQL that reads a page: after place $1, before place $2, at most $3 rows.</summary>
    public static string ReadSql(Site site) =>
        $"select ctid, xmin, {site.ValueSql} as id, {site.RowNameSql} as row_name from only {site.Table.Sql} "
        + $"where ctid > $1 and ctid < $2 and {site.NewSql} is null and {site.Sql} is not null order by ctid limit $3";

    /// <summary>
    /// SQL that writes a page with its checkpoint, in one statement: one transaction, one round trip. Places are valid in
    /// one file only; a table rewritten meanwhile (VACUUM FULL, CLUSTER) has another file, with the same versions at other
    /// places: then the statement writes nothing and returns -1.
    /// </summary>
    public static string WriteSql(Site site, ReplacementKind kind) =>
        $"with done as (update only {site.Table.Sql} as r set {site.NewSql} = v.h::{kind.SqlType} "
        + "from unnest($1::tid[], $2::xid[], $3::text[]) as v(t, x, h) "
        + $"where r.ctid = v.t and r.xmin = v.x and pg_relation_filenode({site.TableOid}::oid) = $7::oid returning 1) "
        + "update hatcheck_ids.sites set checkpoint = case "
        + $"when pg_relation_filenode({site.TableOid}::oid) = $7::oid then coalesce($4, checkpoint) else checkpoint "
        + "end, "
        + "filled = filled + (select count(*) from done) where migration_id = $5 and site = $6 "
        + $"returning case when pg_relation_filenode({site.TableOid}::oid) = $7::oid then (select count(*) "
        + "from done) else -1 end";

    /// <summary>
    /// Reads a page, computes its replacements and writes them; repeats if the table was rewritten meanwhile. Returns the
    /// number of rows written, without those that another writer changed.
    /// </summary>
    public async Task<long> FillAsync(
        IdsConnection db,
        string read,
        string write,
        Site site,
        (NpgsqlTid After, NpgsqlTid Before) stretch,
        (int Migration, int Site, bool Checkpoint) state,
        CancellationToken cancellation
    )
    {
        while (true)
        {
            // Asked before the rows are read, so that the write notices a later rewrite.
            var file = await db.ScalarAsync<uint>(
                "select pg_relation_filenode($1::oid)",
                cancellation,
                SiteReader.Oid(site.TableOid)
            );
            await ReadAsync(db, read, site.IsNumber, stretch.After, stretch.Before, cancellation);
            if (Writable == 0)
                return 0;
            await replacement.ComputeAsync(ids.AsMemory(0, count), replacements.AsMemory(0, count), cancellation);
            if (await WriteAsync(db, write, state, file, cancellation) is var written and >= 0)
                return written;
        }
    }

    private async Task ReadAsync(
        IdsConnection db,
        string sql,
        bool isNumber,
        NpgsqlTid after,
        NpgsqlTid before,
        CancellationToken cancellation
    )
    {
        (count, Read) = (0, 0);
        kept.Clear();
        Rejects.Clear();
        Last = after;
        await using var command = db.Command(sql, Tid(after), Tid(before), capacity);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var (place, version) = (reader.GetOrdinal("ctid"), reader.GetOrdinal("xmin"));
        var (id, rowName) = (reader.GetOrdinal("id"), reader.GetOrdinal("row_name"));
        while (await reader.ReadAsync(cancellation))
        {
            Read++;
            Last = reader.GetFieldValue<NpgsqlTid>(place);
            var verdict = isNumber ? IdText.Read(reader.GetInt64(id)) : text.Read(reader.GetString(id));
            var refusal = verdict.Refusal ?? (verdict.Hashed is null ? replacement.Refuse(verdict.Id) : null);
            if (refusal is { } reason)
                Rejects.Add(new Reject(reader.GetString(rowName), reason));
            else if (verdict.Hashed is { } hash)
                kept.Add((Last, reader.GetFieldValue<uint>(version), hash));
            else
                (idPlaces[count], idVersions[count], ids[count++]) = (Last, reader.GetFieldValue<uint>(version), verdict.Id);
        }
    }

    private Task<long> WriteAsync(
        IdsConnection db,
        string sql,
        (int Migration, int Site, bool Checkpoint) state,
        uint file,
        CancellationToken cancellation
    ) =>
        db.ScalarAsync<long>(
            sql,
            cancellation,
            new NpgsqlParameter { Value = Literal(), NpgsqlDbType = NpgsqlDbType.Unknown },
            Array(NpgsqlDbType.Xid, (uint[])[.. idVersions.AsSpan(0, count), .. kept.Select(one => one.Version)]),
            Array(NpgsqlDbType.Text, (string[])[.. replacements.AsSpan(0, count), .. kept.Select(one => one.Hash)]),
            new NpgsqlParameter { Value = state.Checkpoint ? Places.Text(Last) : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            state.Migration,
            state.Site,
            new NpgsqlParameter { Value = file, NpgsqlDbType = NpgsqlDbType.Oid }
        );

    // Npgsql can't send arrays of places; the server parses the text form.
    private string Literal()
    {
        literal.Clear().Append('{');
        for (var i = 0; i < count; i++)
            Append(idPlaces[i]);
        foreach (var one in kept)
            Append(one.Place);
        if (Writable > 0)
            literal.Length--;
        return literal.Append('}').ToString();
    }

    private void Append(NpgsqlTid place) =>
        literal.Append("\"(").Append(place.BlockNumber).Append(',').Append(place.OffsetNumber).Append(")\",");

    private static NpgsqlParameter Array(NpgsqlDbType type, object value) =>
        new() { Value = value, NpgsqlDbType = NpgsqlDbType.Array | type };

    private static NpgsqlParameter Tid(NpgsqlTid place) => new() { Value = place, NpgsqlDbType = NpgsqlDbType.Tid };
}

/// <summary>Places of rows: page of the file, and number within the page.</summary>
internal static class Places
{
    public static readonly NpgsqlTid First = new(0, 0);
    public static readonly NpgsqlTid End = new(uint.MaxValue, 0);

    public static NpgsqlTid OfPage(long page) => page >= uint.MaxValue ? End : new NpgsqlTid((uint)page, 0);

    public static string Text(NpgsqlTid place) => $"({place.BlockNumber},{place.OffsetNumber})";

    public static NpgsqlTid Parse(string text)
    {
        var comma = text.IndexOf(',', StringComparison.Ordinal);
        return new NpgsqlTid(
            uint.Parse(text.AsSpan(1, comma - 1)),
            ushort.Parse(text.AsSpan(comma + 1, text.Length - comma - 2))
        );
    }
}
