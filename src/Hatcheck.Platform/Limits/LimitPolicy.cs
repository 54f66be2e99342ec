namespace Hatcheck.Platform.Limits;

/// <summary>
/// One limit: a number of permits per subject and window, over all nodes. Each node owns a small reserve that it grants
/// without asking the database, so the many subjects with few requests cost no write. The rest is leased from the database
/// in blocks.
/// </summary>
internal sealed class LimitPolicy
{
    private const int LargestReserve = 8;

    /// <summary>Divides the permits between the nodes' reserves and the database.</summary>
    /// <param name="name">The name in the headers.</param>
    /// <param name="permits">Permits per subject and window; at least 1.</param>
    /// <param name="window">Whole seconds.</param>
    /// <param name="nodes">The most nodes that run at once.</param>
    public LimitPolicy(string name, int permits, TimeSpan window, int nodes)
    {
        (Name, Permits, Window, Nodes) = (name, permits, window, nodes);
        // All reserves together are at most a sixteenth: a caller that reaches only one node misses the others' reserves.
        Reserve = Math.Min(LargestReserve, permits / (16 * nodes));
        Leasable = permits - (nodes * Reserve);
    }

    public string Name { get; }

    public int Permits { get; }

    public TimeSpan Window { get; }

    public int Nodes { get; }

    /// <summary>Permits that a node grants a subject on its own in any interval as long as the window. Can be 0.</summary>
    public int Reserve { get; }

    /// <summary>
    /// Permits that the database grants in a window. Together with every node's reserve it is exactly <see
    /// cref="Permits"/>.
    /// </summary>
    public int Leasable { get; }

    /// <summary>The item of <c>RateLimit-Policy</c>.</summary>
    public string Header => FormattableString.Invariant($"\"{Name}\";q={Permits};w={(int)Window.TotalSeconds}");
}

/// <summary>
/// The subject whose requests are counted together: an id within a tenant, or a client address (no tenant).
/// </summary>
internal readonly record struct LimitSubject(Guid Tenant, UInt128 Value)
{
    public static LimitSubject Of(Guid tenant, Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return new LimitSubject(tenant, System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    /// <summary>IPv4: the address. IPv6: its /64, since the owner of one such address has them all.</summary>
    public static LimitSubject Of(System.Net.IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        address.TryWriteBytes(bytes, out var length);
        if (length == 16)
            bytes[8..].Clear();
        // Keeps an IPv4 address distinct from a /64 with the same first bytes.
        else
            bytes[15] = 4;
        return new LimitSubject(Guid.Empty, System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }
}
