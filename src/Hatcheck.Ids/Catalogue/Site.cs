namespace Hatcheck.Ids.Catalogue;

/// <summary>A column that holds the ids: the named one, or one that refers to it by a foreign key.</summary>
/// <param name="Number">Its position: a referenced column comes before the referring one.</param>
/// <param name="TableOid">The table's number in this database.</param>
/// <param name="Table">The table.</param>
/// <param name="Attribute">The column's number in the table.</param>
/// <param name="Column">The column.</param>
/// <param name="NewColumn">The new column beside it, for the replacement.</param>
internal sealed record Site(int Number, uint TableOid, TableName Table, short Attribute, string Column, string NewColumn)
{
    /// <summary>As PostgreSQL writes it: <c>character varying(32)</c>.</summary>
    public required string Type { get; init; }

    public required bool IsNumber { get; init; }

    public bool IsText => Type == "text" || Type.StartsWith("character varying", StringComparison.Ordinal);

    public required bool NotNull { get; init; }

    /// <summary>True if the new column exists.</summary>
    public required bool HasNewColumn { get; init; }

    /// <summary>The primary key's columns, quoted; empty if there is none.</summary>
    public required IReadOnlyList<string> Key { get; init; }

    /// <summary>True if the key holds ids itself, so that it must not name a row.</summary>
    public required bool KeyHoldsIds { get; init; }

    /// <summary>The server's last count; -1 if it never counted.</summary>
    public required double EstimatedRows { get; init; }

    public required long Bytes { get; init; }

    /// <summary>Size of the table with its indexes.</summary>
    public required long TotalBytes { get; init; }

    public string Sql => SqlName.Quote(Column);

    public string NewSql => SqlName.Quote(NewColumn);

    /// <summary>SQL that reads the value, as a number or a text.</summary>
    public string ValueSql => IsNumber ? $"{Sql}::bigint" : $"{Sql}::text";

    /// <summary>SQL that names a row to its owner: by primary key, or by place in the file if the key holds ids.</summary>
    public string RowNameSql =>
        Key.Count == 0 || KeyHoldsIds
            ? "'ctid ' || ctid::text"
            : string.Join(" || ', ' || ", Key.Select(column => $"{column}::text"));

    public override string ToString() => $"{Table}.{Column}";
}
