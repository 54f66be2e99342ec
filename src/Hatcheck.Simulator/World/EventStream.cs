using System.Threading.Channels;
using Hatcheck.Simulator.Wire;

namespace Hatcheck.Simulator.World;

internal readonly record struct NamedEvent(string Name, PageEvent Data);

/// <summary>
/// Sends events to every connected page. A page that does not keep up loses the oldest, but never blocks the bots.
/// </summary>
internal sealed class EventStream
{
    private const int Backlog = 1_000;
    private readonly Lock gate = new();
    private readonly List<Channel<NamedEvent>> listeners = [];

    public Channel<NamedEvent> Listen()
    {
        var channel = Channel.CreateBounded<NamedEvent>(
            new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.DropOldest }
        );
        lock (gate)
            listeners.Add(channel);
        return channel;
    }

    public void Leave(Channel<NamedEvent> listener)
    {
        lock (gate)
            listeners.Remove(listener);
    }

    public void Tell(string name, PageEvent data)
    {
        lock (gate)
        {
            foreach (var listener in listeners)
                listener.Writer.TryWrite(new NamedEvent(name, data));
        }
    }
}
