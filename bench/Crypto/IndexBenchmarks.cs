using BenchmarkDotNet.Attributes;

namespace Hatcheck.Crypto.Bench;

[MemoryDiagnoser]
public class IndexBenchmarks : IDisposable
{
    private readonly BlindIndexKey plain = new(SecretBytes.Random(32), 1, BlindIndexKey.PlainScheme);
    private readonly BlindIndexKey labelled = new(SecretBytes.Random(32), 1, BlindIndexKey.LabelledScheme);

    [Benchmark]
    public string Scheme_0() => plain.Compute("telegram", "user", "7012345678");

    [Benchmark]
    public string Scheme_1() => labelled.Compute("telegram", "user", "7012345678");

    [GlobalCleanup]
    public void Dispose()
    {
        plain.Dispose();
        labelled.Dispose();
        GC.SuppressFinalize(this);
    }
}
