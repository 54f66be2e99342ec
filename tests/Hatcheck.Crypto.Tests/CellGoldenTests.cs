using System.Text.Json.Nodes;
using Hatcheck.TestKit;

namespace Hatcheck.Crypto.Tests;

/// <summary>
/// Cells that a Python program created from docs/reference/cell-format.md when the format was new. Never recreate them:
/// a cell that opened once must open for ever.
/// </summary>
public sealed class CellGoldenTests
{
    private static string FileName { get; } = Repository.PathOf("tests", "Hatcheck.Crypto.Tests", "Golden", "cells-v1.json");

    [Fact]
    public void Every_golden_cell_opens()
    {
        var golden = JsonNode.Parse(File.ReadAllText(FileName))!.AsArray();
        golden.Count.ShouldBeGreaterThanOrEqualTo(5);
        foreach (var entry in golden)
        {
            using var bytes = new SecretBytes(Hex(entry!["key"]));
            using var key = new DataKey(bytes, (int)entry["key_version"]!);
            var cell = Hex(entry["cell"]);
            Cell.KeyVersion(cell).ShouldBe(key.Version);
            using var plain = Cell.Open(key, Place(entry["place"]!), cell);
            plain.Reveal().ToArray().ShouldBe(Hex(entry["plain"]));
        }
    }

    [Fact]
    public void An_independent_Python_reader_opens_them_too() =>
        OtherPrograms.PythonWithCryptography(ReaderPath, FileName).Trim().ShouldStartWith("opened ");

    [Fact]
    public void The_Python_reader_opens_what_is_sealed_today_and_notices_a_changed_byte()
    {
        var (path, entries) = (Path.GetTempFileName(), new JsonArray());
        try
        {
            foreach (var address in Sample.Neighbours())
                entries.Add(Entry(address));
            File.WriteAllText(path, entries.ToJsonString());
            OtherPrograms.PythonWithCryptography(ReaderPath, path).Trim().ShouldBe("opened 5 cells");

            var cell = Hex(entries[0]!["cell"]);
            cell[^1] ^= 1;
            entries[0]!["cell"] = Convert.ToHexStringLower(cell);
            File.WriteAllText(path, entries.ToJsonString());
            Should
                .Throw<ShouldAssertException>(() => OtherPrograms.PythonWithCryptography(ReaderPath, path))
                .Message.ShouldContain("InvalidTag");
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string ReaderPath { get; } = Repository.PathOf("tests", "Hatcheck.Crypto.Tests", "Python", "open_cells.py");

    private static JsonObject Entry(CellAddress address)
    {
        using var key = Sample.Key(version: 3);
        var plain = Sample.Text("sealed today");
        return new JsonObject
        {
            ["key"] = Convert.ToHexStringLower(Sample.KeyBytes().Reveal()),
            ["key_version"] = 3,
            ["place"] = new JsonObject
            {
                ["table"] = address.Table,
                ["column"] = address.Column,
                ["tenant"] = address.Tenant,
                ["record"] = address.Record,
                ["user"] = address.User,
            },
            ["plain"] = Convert.ToHexStringLower(plain),
            ["cell"] = Convert.ToHexStringLower(Cell.Seal(key, address, plain)),
        };
    }

    private static byte[] Hex(JsonNode? node) => Convert.FromHexString((string)node!);

    private static CellAddress Place(JsonNode node) =>
        new((string)node["table"]!, (string)node["column"]!, (Guid)node["tenant"]!, (Guid)node["record"]!, (Guid)node["user"]!);
}
