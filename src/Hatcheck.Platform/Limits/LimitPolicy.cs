namespace Hatcheck.Platform.Limits;

/// <summary>
/// One limit: so many permits for each subject in a window, over all nodes. Each node owns a small pocket of them which it
/// gives out without asking anybody, so that the many subjects with a few requests a window cost no write; the rest is leased
/// from the database in blocks.
/// </summary>
internal sealed class LimitPolicy
{
    private const int LargestPocket = 8;

    /// <summary>Divides the permits among the nodes' pockets and the database.</summary>
    /// <param name="name">As the headers call it.</param>
    /// <param name="permits">For each subject in a window; at least 1.</param>
    /// <param name="window">Whole seconds.</param>
    /// <param name="nodes">The most nodes that run at once.</param>
    public LimitPolicy(string name, int permits, TimeSpan window, int nodes)
    {
        (Name, Permits, Window, Nodes) = (name, permits, window, nodes);
        // All pockets together are at most a sixteenth: a caller that meets one node only misses the others' pockets.
        Pocket = Math.Min(LargestPocket, permits / (16 * nodes));
        Leasable = permits - (nodes * Pocket);
    }

    public string Name { get; }

    public int Permits { get; }

    public TimeSpan Window { get; }

    public int Nodes { get; }

    /// <summary>Permits that a node gives a subject by itself in any interval as long as the window. May be 0.</summary>
    public int Pocket { get; }

    /// <summary>What the database hands out in a window. With every node's pocket it is exactly <see cref="Permits"/>.</summary>
    public int Leasable { get; }

    /// <summary>The item of <c>RateLimit-Policy</c>.</summary>
    public string Header => FormattableString.Invariant($"\"{Name}\";q={Permits};w={(int)Window.TotalSeconds}");
}

/// <summary>Whose requests are counted together: an id within a tenant, or a client address (no tenant).</summary>
internal readonly record struct LimitSubject(Guid Tenant, UInt128 Value)
{
    public static LimitSubject Of(Guid tenant, Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return new LimitSubject(tenant, System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    /// <summary>IPv4: the address. IPv6: its /64, since whoever has one address of that has them all.</summary>
    public static LimitSubject Of(System.Net.IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        address.TryWriteBytes(bytes, out var length);
        if (length == 16)
            bytes[8..].Clear();
        // An IPv4 address and a /64 that begins alike are two subjects.
        else
            bytes[15] = 4;
        return new LimitSubject(Guid.Empty, System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }
}
