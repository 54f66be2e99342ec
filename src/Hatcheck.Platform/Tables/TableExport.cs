using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hatcheck.Crypto;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Platform.Tables;

/// <summary>
/// Exports a user's rows of an ordinary table by its declaration: plain columns unchanged, sealed ones opened. Hashes and
/// wrapped keys are left out, because their keys are shared with other data. A capability with a more readable export
/// implements <see cref="IPersonalData"/>.
/// </summary>
internal static class TableExport
{
    /// <summary>Returns every row of the user and of users merged into them, in key order.</summary>
    /// <exception cref="CannotOpenException">A cell was moved or changed, or its key is gone.</exception>
    public static async Task<IReadOnlyList<JsonElement>> ExportAsync(
        HatcheckDb db,
        Table table,
        PersonScope person,
        PersonVault vault,
        CancellationToken cancellation
    )
    {
        var columns = table
            .Columns.Where(column => column != Column.Tenant && column.Kind is ColumnKind.Plain or ColumnKind.Sealed)
            .ToList();
        // Names are this build's declarations, never input.
        var sql =
            $"select {string.Join(", ", columns.Select(column => column.Name))} from {table.Name} "
            + $"where {Column.Tenant.Name} = $1 and {Table.PersonColumn} = $2 "
            + $"order by {string.Join(", ", table.Key.DefaultIfEmpty(table.NewestBy))}";
        // On SQLite a read context opens its connection with its first query.
        await db.Database.OpenConnectionAsync(cancellation);
        var entries = new List<JsonElement>();
        foreach (var user in person.Users)
        {
            var rows = await db.Statements.QueryAsync(
                sql,
                [person.Tenant, user],
                row => columns.ConvertAll(column => Value(row, column)),
                cancellation
            );
            foreach (var row in rows)
            {
                var entry = new JsonObject();
                var record = Record(table, columns, row) ?? user;
                for (var i = 0; i < columns.Count; i++)
                {
                    entry[columns[i].Name] =
                        row[i] is byte[] cell && columns[i].Cell is { } label
                            ? await OpenAsync(vault, label.At(KeyOwner.User(user), record), cell, cancellation)
                            : Plain(row[i]);
                }

                entries.Add(JsonSerializer.SerializeToElement(entry, ExportJson.Default.JsonObject));
            }
        }

        return entries;
    }

    /// <summary>A cell is bound to the last part of its row's key, or to the user where that part is not an id.</summary>
    private static Guid? Record(Table table, List<Column> columns, List<object?> row) =>
        table.Key is [.., var last] && columns.FindIndex(column => column.Name == last) is >= 0 and var at && row[at] is Guid id
            ? id
            : null;

    private static async Task<JsonNode?> OpenAsync(
        PersonVault vault,
        CellPlace place,
        byte[] cell,
        CancellationToken cancellation
    )
    {
        using var content = await vault.OpenAsync(place, cell, cancellation);
        return place.Column is SealedColumn<string>
            ? JsonValue.Create(Encoding.UTF8.GetString(content.Reveal()))
            : JsonNode.Parse(content.Reveal());
    }

    // Instants and ids are recognised by column name, as everywhere in the schema: SQLite has no types for either.
    private static object? Value(Row row, Column column)
    {
        if (row.IsNull(column.Name))
            return null;
        if (column.Kind == ColumnKind.Sealed)
            return row.Bytes(column.Name);
        if (column.Name == "at" || column.Name.EndsWith("_at", StringComparison.Ordinal))
            return row.Instant(column.Name);
        var value = row.Value(column.Name);
        return value is string text && Guid.TryParseExact(text, "D", out var id) ? id : value;
    }

    private static JsonValue? Plain(object? value) =>
        value switch
        {
            null => null,
            Guid id => JsonValue.Create(id.ToString()),
            DateTimeOffset at => JsonValue.Create(at.ToString("O")),
            string text => JsonValue.Create(text),
            bool flag => JsonValue.Create(flag),
            int number => JsonValue.Create(number),
            long number => JsonValue.Create(number),
            double number => JsonValue.Create(number),
            byte[] bytes => JsonValue.Create(Convert.ToBase64String(bytes)),
            _ => throw new InvalidOperationException($"A column of {value.GetType().Name} is exported by its capability alone."),
        };
}
