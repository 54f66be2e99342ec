using System.Buffers.Binary;
using System.Text;
using Hatcheck.TestKit;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Hatcheck.EndToEnd.Tests;

/// <summary>
/// A thief's search of what programs left behind, for secrets in every possible form.
/// </summary>
internal static class LeftBehind
{
    public static void ShouldHoldNothingReadable(byte[] bytes, string where, long person, params string[] secrets)
    {
        foreach (var secret in (string[])[person.ToString(), .. secrets])
        {
            foreach (var (form, needle) in Forms(secret))
                Find(bytes, needle).ShouldBeFalse($"{secret} stands in {where} as {form}");
        }

        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(number, person);
        // Six bytes of a made-up id do not occur by chance; the two before them are zero.
        Find(bytes, number[2..].ToArray()).ShouldBeFalse($"{person} stands in {where} as a number");
    }

    public static bool Find(byte[] bytes, byte[] needle) => bytes.AsSpan().IndexOf(needle) >= 0;

    /// <summary>Every row of every table, as text.</summary>
    public static async Task<string> EveryRowAsync(PostgresDatabase database)
    {
        var text = new StringBuilder();
        await using var connection = new NpgsqlConnection(database.SuperUser);
        await connection.OpenAsync();
        var tables = new List<string>();
        await using (
            var list = new NpgsqlCommand(
                "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('public', 'keys')",
                connection
            )
        )
        await using (var reader = await list.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
                tables.Add(reader.GetString(0));
        }

        tables.Count.ShouldBeGreaterThan(8);
        foreach (var table in tables)
        {
            await using var rows = new NpgsqlCommand($"select t::text from {table} t", connection);
            await using var reader = await rows.ExecuteReaderAsync();
            while (await reader.ReadAsync())
                text.AppendLine(reader.GetString(0));
        }

        return text.ToString();
    }

    /// <summary>The count that a query over an SQLite file returns.</summary>
    public static async Task<long> CountAsync(string file, string query)
    {
        await using var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = query;
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static IEnumerable<(string Form, byte[] Needle)> Forms(string secret)
    {
        var utf8 = Encoding.UTF8.GetBytes(secret);
        yield return ("text", utf8);
        yield return ("UTF-16", Encoding.Unicode.GetBytes(secret));
        yield return ("hex", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(utf8)));
        yield return ("HEX", Encoding.ASCII.GetBytes(Convert.ToHexString(utf8)));
        for (var offset = 0; offset < 3; offset++)
        {
            // Base64 of the secret within a longer text: the characters that depend only on it.
            var text = Convert.ToBase64String([.. new byte[offset], .. utf8]);
            yield return ($"base64 at offset {offset}", Encoding.ASCII.GetBytes(text[(offset == 0 ? 0 : 4)..^4]));
        }
    }
}
