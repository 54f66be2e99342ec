using System.Security.Cryptography;

namespace Hatcheck.Crypto.Tests;

public sealed class CellTests : IDisposable
{
    private readonly DataKey key = Sample.Key();
    private readonly byte[] plain = Sample.Text("a token that nobody should read");

    public void Dispose() => key.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(200)]
    [InlineData(100_000)]
    public void What_was_sealed_opens_to_the_same_bytes(int length)
    {
        var value = RandomNumberGenerator.GetBytes(length);
        var cell = Cell.Seal(key, Sample.Address, value);
        cell.Length.ShouldBe(length + Cell.Overhead);
        using var opened = Cell.Open(key, Sample.Address, cell);
        opened.Reveal().ToArray().ShouldBe(value);
    }

    [Fact]
    public void The_same_value_sealed_twice_shares_neither_salt_nor_ciphertext()
    {
        var first = Cell.Seal(key, Sample.Address, plain);
        var second = Cell.Seal(key, Sample.Address, plain);
        first[6..22].ShouldNotBe(second[6..22]);
        first[54..].ShouldNotBe(second[54..]);
    }

    [Fact]
    public void Nothing_of_the_value_is_found_in_the_cell() =>
        Cell.Seal(key, Sample.Address, plain).AsSpan().IndexOf(plain.AsSpan(0, 8)).ShouldBe(-1);

    [Fact]
    public void A_cell_with_any_bit_of_any_byte_changed_does_not_open()
    {
        var cell = Cell.Seal(key, Sample.Address, plain);
        for (var at = 0; at < cell.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var changed = cell.ToArray();
                changed[at] ^= (byte)(1 << bit);
                ShouldNotOpen(key, Sample.Address, changed);
            }
        }
    }

    [Fact]
    public void A_cell_moved_to_another_table_column_tenant_row_or_person_does_not_open()
    {
        var places = Sample.Neighbours().Append(Sample.Address).ToArray();
        foreach (var from in places)
        {
            var cell = Cell.Seal(key, from, plain);
            foreach (var to in places.Where(p => p != from))
                ShouldNotOpen(key, to, cell);
            Cell.Open(key, from, cell).Dispose();
        }
    }

    [Fact]
    public void A_cell_does_not_open_with_another_key_or_another_version_of_it()
    {
        var cell = Cell.Seal(key, Sample.Address, plain);
        using var other = Sample.Key(first: 1);
        using var later = Sample.Key(version: 2);
        ShouldNotOpen(other, Sample.Address, cell);
        ShouldNotOpen(later, Sample.Address, cell);
    }

    [Fact]
    public void A_cell_cut_short_or_made_longer_does_not_open()
    {
        var cell = Cell.Seal(key, Sample.Address, plain);
        for (var length = 0; length < cell.Length; length++)
            ShouldNotOpen(key, Sample.Address, cell[..length]);
        ShouldNotOpen(key, Sample.Address, [.. cell, 0]);
    }

    [Fact]
    public void Every_failure_is_the_same_error_without_a_cause()
    {
        var cell = Cell.Seal(key, Sample.Address, plain);
        using var other = Sample.Key(first: 1);
        var errors = new[]
        {
            Should.Throw<CannotOpenException>(() => Cell.Open(other, Sample.Address, cell)),
            Should.Throw<CannotOpenException>(() => Cell.Open(key, Sample.Address with { Table = "elsewhere" }, cell)),
            Should.Throw<CannotOpenException>(() => Cell.Open(key, Sample.Address, cell.AsSpan(..30))),
            Should.Throw<CannotOpenException>(() => Cell.Open(key, Sample.Address, [.. cell.AsSpan(..^1), (byte)~cell[^1]])),
        };
        errors.Select(e => e.Message).Distinct(StringComparer.Ordinal).Count().ShouldBe(1);
        errors.ShouldAllBe(e => e.InnerException == null && e.Data.Count == 0);
    }

    [Fact]
    public void The_key_version_is_read_from_the_cell_before_it_is_opened()
    {
        using var late = Sample.Key(version: 70_000);
        Cell.KeyVersion(Cell.Seal(late, Sample.Address, plain)).ShouldBe(70_000);
        Should.Throw<CannotOpenException>(() => Cell.KeyVersion([]));
        Should.Throw<CannotOpenException>(() => Cell.KeyVersion(new byte[100]));
        Should.Throw<CannotOpenException>(() => Cell.KeyVersion([1, 1, 255, 255, 255, 255, .. new byte[80]]));
    }

    [Fact]
    public void The_forms_that_write_into_a_buffer_give_and_take_the_same_cells()
    {
        var cell = new byte[plain.Length + Cell.Overhead];
        Cell.Seal(key, Sample.Address, plain, cell);
        var opened = new byte[plain.Length];
        Cell.Open(key, Sample.Address, cell, opened);
        opened.ShouldBe(plain);
        Should.Throw<ArgumentException>(() => Cell.Seal(key, Sample.Address, plain, new byte[plain.Length]));
        Should.Throw<ArgumentException>(() => Cell.Open(key, Sample.Address, cell, new byte[plain.Length + 1]));
    }

    [Fact]
    public void A_buffer_holds_nothing_after_a_cell_did_not_open_into_it()
    {
        var opened = new byte[plain.Length];
        // A byte of the tag; and of the commitment, which is refused before GCM runs.
        foreach (var at in new[] { plain.Length + Cell.Overhead - 1, 30 })
        {
            var cell = Cell.Seal(key, Sample.Address, plain);
            cell[at] ^= 1;
            opened.AsSpan().Fill(7);
            Should.Throw<CannotOpenException>(() => Cell.Open(key, Sample.Address, cell, opened));
            opened.ShouldAllBe(b => b == 0);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("tablé")]
    [InlineData("табл")]
    public void A_label_that_is_not_1_to_64_ASCII_characters_is_refused(string label)
    {
        Should.Throw<ArgumentException>(() => Cell.Seal(key, Sample.Address with { Table = label }, plain));
        Should.Throw<ArgumentException>(() => Cell.Seal(key, Sample.Address with { Column = label }, plain));
        Should.Throw<ArgumentException>(() => Cell.Seal(key, default, plain));
    }

    [Fact]
    public void A_label_of_64_characters_is_accepted_and_one_of_65_is_not()
    {
        var longest = Sample.Address with { Table = new string('t', 64), Column = new string('c', 64) };
        Cell.Open(key, longest, Cell.Seal(key, longest, plain)).Dispose();
        Should.Throw<ArgumentException>(() => Cell.Seal(key, longest with { Column = new string('c', 65) }, plain));
    }

    [Fact]
    public void A_key_must_have_32_bytes_and_a_version_from_1()
    {
        using var shorter = SecretBytes.Random(31);
        using var right = SecretBytes.Random(32);
        Should.Throw<ArgumentException>(() => new DataKey(shorter, 1));
        Should.Throw<ArgumentOutOfRangeException>(() => new DataKey(right, 0));
    }

    private static void ShouldNotOpen(DataKey key, CellAddress address, byte[] cell) =>
        Should.Throw<CannotOpenException>(() => Cell.Open(key, address, cell).Dispose());
}
