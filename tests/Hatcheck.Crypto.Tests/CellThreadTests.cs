using System.Buffers.Binary;

namespace Hatcheck.Crypto.Tests;

public sealed class CellThreadTests
{
    private const int Cells = 1_000_000;

    [Fact]
    public void A_million_cells_sealed_on_all_cores_all_open_and_no_salt_comes_twice()
    {
        using var key = Sample.Key();
        var salts = new UInt128[Cells];
        Parallel.For(
            0,
            Cells,
            i =>
            {
                Span<byte> plain = stackalloc byte[8];
                Span<byte> cell = stackalloc byte[8 + Cell.Overhead];
                Span<byte> opened = stackalloc byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(plain, i);
                Cell.Seal(key, Sample.Address, plain, cell);
                Cell.Open(key, Sample.Address, cell, opened);
                if (!opened.SequenceEqual(plain))
                    throw new InvalidOperationException($"Cell {i} opened to something else.");
                salts[i] = BinaryPrimitives.ReadUInt128BigEndian(cell[6..]);
            }
        );

        Array.Sort(salts);
        for (var i = 1; i < Cells; i++)
            (salts[i] == salts[i - 1]).ShouldBeFalse();
    }

    [Fact]
    public void A_key_disposed_while_threads_use_it_never_seals_under_zeros()
    {
        for (var round = 0; round < 50; round++)
        {
            var key = DataKey.Create(1);
            using var copyBytes = key.CopyKey();
            using var copy = new DataKey(copyBytes, 1);
            using var started = new CountdownEvent(4);
            var sealers = Enumerable
                .Range(0, 4)
                .Select(_ =>
                    Task.Run(() =>
                    {
                        started.Signal();
                        var cells = new List<byte[]>();
                        try
                        {
                            while (cells.Count < 300)
                                cells.Add(Cell.Seal(key, Sample.Address, [1, 2, 3]));
                        }
                        catch (ObjectDisposedException)
                        {
                            // What the test waits for.
                        }

                        return cells;
                    })
                )
                .ToArray();
            started.Wait(TestContext.Current.CancellationToken);
            key.Dispose();
            foreach (var cell in sealers.SelectMany(s => s.Result))
                Cell.Open(copy, Sample.Address, cell).Dispose();
            Should.Throw<ObjectDisposedException>(() => Cell.Seal(key, Sample.Address, [1]));
            Should.Throw<ObjectDisposedException>(key.CopyKey);
        }
    }

    [Fact]
    public void Index_values_computed_on_all_cores_are_right()
    {
        using var bytes = Sample.KeyBytes();
        using var key = new BlindIndexKey(bytes, 1, BlindIndexKey.LabelledScheme);
        var expected = Enumerable.Range(1, 100).Select(i => key.Compute("telegram", "user", CanonicalId.Telegram(i))).ToArray();
        Parallel.For(
            0,
            100_000,
            i => key.Compute("telegram", "user", CanonicalId.Telegram((i % 100) + 1)).ShouldBe(expected[i % 100])
        );
    }
}
