using BenchmarkDotNet.Attributes;

namespace Hatcheck.Crypto.Bench;

/// <summary>
/// One cell of 200 bytes, about the size of an OAuth token; the allocating forms and those that write into the caller's
/// buffer.
/// </summary>
[MemoryDiagnoser]
public class CellBenchmarks : IDisposable
{
    private readonly DataKey key = DataKey.Create(1);
    private readonly CellAddress address = Sample.Address;
    private readonly byte[] plain = Sample.Plain();
    private readonly byte[] opened = new byte[Sample.Length];
    private readonly byte[] buffer = new byte[Sample.Length + Cell.Overhead];
    private readonly SecretBytes keyBytes = SecretBytes.Random(DataKey.Length);
    private byte[] cell = [];

    [GlobalSetup]
    public void Prepare() => cell = Cell.Seal(key, address, plain);

    [Benchmark]
    public byte[] Seal() => Cell.Seal(key, address, plain);

    [Benchmark]
    public void Seal_into_a_buffer() => Cell.Seal(key, address, plain, buffer);

    [Benchmark]
    public void Open()
    {
        using var secret = Cell.Open(key, address, cell);
    }

    [Benchmark]
    public void Open_into_a_buffer() => Cell.Open(key, address, cell, opened);

    /// <summary>What a request pays that meets the person's key for the first time.</summary>
    [Benchmark]
    public byte[] Seal_with_a_key_not_used_before()
    {
        using var fresh = new DataKey(keyBytes, 1);
        return Cell.Seal(fresh, address, plain);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        key.Dispose();
        keyBytes.Dispose();
        GC.SuppressFinalize(this);
    }
}
