using System.Text;

namespace Hatcheck.Crypto.Tests;

internal static class Sample
{
    public static CellAddress Address { get; } =
        new(
            "connections",
            "access_token",
            new Guid("11111111-2222-4333-8444-555555555501"),
            new Guid("11111111-2222-4333-8444-555555555502"),
            new Guid("11111111-2222-4333-8444-555555555503")
        );

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>A key whose bytes a test can search for.</summary>
    public static SecretBytes KeyBytes(byte first = 0) => new([.. Enumerable.Range(first, 32).Select(i => (byte)i)]);

    public static DataKey Key(byte first = 0, int version = 1)
    {
        using var bytes = KeyBytes(first);
        return new DataKey(bytes, version);
    }

    /// <summary>The addresses that differ from <see cref="Address"/> in one part.</summary>
    public static IEnumerable<CellAddress> Neighbours()
    {
        var other = new Guid("99999999-2222-4333-8444-555555555509");
        yield return Address with
        {
            Table = "identities",
        };
        yield return Address with
        {
            Column = "refresh_token",
        };
        yield return Address with
        {
            Tenant = other,
        };
        yield return Address with
        {
            Record = other,
        };
        yield return Address with
        {
            User = other,
        };
    }
}
