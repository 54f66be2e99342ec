namespace Hatcheck.Crypto.Bench;

internal static class Sample
{
    public const int Length = 200;

    public static CellAddress Address { get; } =
        new(
            "connections",
            "access_token",
            new Guid("0193a1b2-0000-7000-8000-000000000001"),
            new Guid("0193a1b2-0000-7000-8000-000000000002"),
            new Guid("0193a1b2-0000-7000-8000-000000000003")
        );

    public static byte[] Plain()
    {
        var plain = new byte[Length];
        new Random(1).NextBytes(plain);
        return plain;
    }
}
