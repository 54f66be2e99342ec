using BenchmarkDotNet.Attributes;

namespace Hatcheck.Crypto.Bench;

/// <summary>Wrapping and unwrapping a data key by a key-encryption key of this process.</summary>
[MemoryDiagnoser]
public class WrapBenchmarks : IDisposable
{
    private readonly IKeyEncryptionKey kek = LocalKeys.FromBase64("3q2+7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs=");
    private readonly WrapContext context = new(Sample.Address.Tenant, Sample.Address.User, KeyPurpose.Data, 1);
    private readonly SecretBytes key = SecretBytes.Random(DataKey.Length);
    private byte[] wrapped = [];

    [GlobalSetup]
    public async Task Prepare() => wrapped = await kek.WrapAsync(key, context);

    [Benchmark]
    public async Task<byte[]> Wrap() => await kek.WrapAsync(key, context);

    [Benchmark]
    public async Task Unwrap()
    {
        using var secret = await kek.UnwrapAsync(wrapped, context);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        kek.Dispose();
        key.Dispose();
        GC.SuppressFinalize(this);
    }
}
