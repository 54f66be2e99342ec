using System.Text;

namespace Hatcheck.Ids.Catalogue;

/// <summary>An index over one of the columns, and the definition of its copy on the new column.</summary>
/// <param name="TableOid">The table's number.</param>
/// <param name="Table">The table.</param>
/// <param name="Name">The index's name.</param>
/// <param name="IsUnique">True for a unique index.</param>
internal sealed record CarriedIndex(uint TableOid, TableName Table, string Name, bool IsUnique)
{
    /// <summary>
    /// The definition after <c>on table</c>, with the new columns in place of the old; null if it is not rebuilt.
    /// </summary>
    public required string? Definition { get; init; }

    /// <summary>Why it can't be carried over, and what to do; null if it can.</summary>
    public string? Obstacle { get; init; }

    /// <summary>Why it is deliberately left out; null if it isn't.</summary>
    public string? LeftOut { get; init; }

    /// <summary>The key columns, quoted as the database does; with the site of a migrated one.</summary>
    public required IReadOnlyList<(string Sql, Site? Site)> Columns { get; init; }

    public string? Predicate { get; init; }

    /// <summary><c>p</c> or <c>u</c> where a constraint owns the index.</summary>
    public char? Constraint { get; init; }

    public bool Deferrable { get; init; }

    public bool Deferred { get; init; }

    public bool IsReplicaIdentity { get; init; }

    public bool IsClustered { get; init; }

    public string? Comment { get; init; }

    /// <summary>Not null if the uniqueness can't be relied on.</summary>
    public string? UniqueBlocker => Obstacle ?? LeftOut;

    public string PreparedName => SqlName.Prepared($"{Table}.{Name}");

    /// <summary>SQL that counts duplicate keys, with <paramref name="value"/> as each site's value.</summary>
    public string CountDuplicatesSql(Func<Site, string> value)
    {
        var columns = Columns.Select(one => one.Site is null ? one.Sql : value(one.Site)).ToList();
        // NULLs never collide.
        var where = string.Join(" and ", Columns.Select((one, i) => $"{columns[i]} is not null"));
        return $"select count(*) from (select 1 from only {Table.Sql} "
            + $"where {where}{(Predicate is null ? "" : $" and ({Predicate})")} "
            + $"group by {string.Join(", ", columns)} having count(*) > 1) d";
    }

    /// <summary>Replaces identifiers, but not inside literals.</summary>
    public static string Replace(string sql, IReadOnlyDictionary<string, string> identifiers)
    {
        var result = new StringBuilder(sql.Length + 16);
        var i = 0;
        while (i < sql.Length)
        {
            var end = EndOfToken(sql, i);
            var token = sql[i..end];
            result.Append(identifiers.GetValueOrDefault(token, token));
            i = end;
        }

        return result.ToString();
    }

    /// <summary>True if the text contains the identifier.</summary>
    public static bool Mentions(string sql, string identifier)
    {
        var i = 0;
        while (i < sql.Length)
        {
            var end = EndOfToken(sql, i);
            if (sql.AsSpan(i, end - i).SequenceEqual(identifier))
                return true;
            i = end;
        }

        return false;
    }

    private static int EndOfToken(string sql, int start)
    {
        var i = start + 1;
        if (sql[start] is '"' or '\'')
        {
            for (; i < sql.Length; i++)
            {
                if (sql[i] != sql[start])
                    continue;
                if (i + 1 < sql.Length && sql[i + 1] == sql[start])
                    i++;
                else
                    return i + 1;
            }

            return sql.Length;
        }

        if (!IsWord(sql[start]))
            return i;
        while (i < sql.Length && IsWord(sql[i]))
            i++;
        return i;
    }

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' || c >= '\x80';
}
