using Hatcheck.Crypto;

namespace Hatcheck.Server.Platform.Inbox;

/// <summary>The sealed body of an event: under the day's key while nobody knows whom it is about, under the person's from then on.</summary>
internal static class InboxBody
{
    /// <summary>Frozen labels of the sealed cell; never today's table or column name.</summary>
    public const string CellTable = "inbox";
    public const string CellColumn = "body";

    /// <summary>Seals a body.</summary>
    /// <param name="key">The day's key, or the person's.</param>
    /// <param name="tenant">Whose event it is.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="user">The person; empty under a day's key.</param>
    /// <param name="body">As it came.</param>
    public static byte[] Seal(DataKey key, Guid tenant, Guid entry, Guid user, ReadOnlySpan<byte> body) => Cell.Seal(key, Address(tenant, entry, user), body);

    /// <summary>Opens a sealed body.</summary>
    /// <exception cref="CannotOpenException">Another key's, another entry's, or altered.</exception>
    public static SecretBytes Open(DataKey key, Guid tenant, Guid entry, Guid user, byte[] cell) => Cell.Open(key, Address(tenant, entry, user), cell);

    private static CellAddress Address(Guid tenant, Guid entry, Guid user) => new(CellTable, CellColumn, tenant, entry, user);
}
