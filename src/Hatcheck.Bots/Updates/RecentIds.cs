namespace Hatcheck.Bots.Updates;

/// <summary>
/// The ids of the last updates, to recognise a repeated one. Kept in memory: after a crash an update may be handled again.
/// </summary>
internal sealed class RecentIds(int capacity)
{
    private readonly HashSet<long> known = [];
    private readonly Queue<long> order = new();

    /// <summary>False if the id is known already.</summary>
    public bool Add(long id)
    {
        if (!known.Add(id))
            return false;
        order.Enqueue(id);
        if (order.Count > capacity)
            known.Remove(order.Dequeue());
        return true;
    }

    public void Remove(long id) => known.Remove(id);
}
