using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Hatcheck.ServerKit.Faults;

/// <summary>
/// A plaintext proxy between a node and PostgreSQL. It counts round trips, cuts a connection after the server's work but
/// before its answer, and falls silent.
/// </summary>
internal sealed class PostgresProxy : IAsyncDisposable
{
    private readonly string host;
    private readonly int target;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly Task accepting;
    private volatile string? cutAfter;
    private volatile TaskCompletionSource? silence;
    private int roundTrips;

    public PostgresProxy(string host, int target)
    {
        (this.host, this.target) = (host, target);
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>The number of round trips: statements that a node sends together count as one.</summary>
    public int RoundTrips => Volatile.Read(ref roundTrips);

    /// <summary>
    /// For the next round trip with this text, the server does the work, and its answer is lost with the connection.
    /// </summary>
    public void CutAfter(string text) => cutAfter = text;

    /// <summary>True once the connection was cut.</summary>
    public bool HasCut => cutAfter is null;

    /// <summary>Stops all data; still accepts connections.</summary>
    public void FallSilent() => silence = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void SpeakAgain()
    {
        silence?.SetResult();
        silence = null;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        silence?.TrySetResult();
        listener.Stop();
        await accepting;
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = RelayAsync(await listener.AcceptTcpClientAsync(stopping.Token));
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using var near = client;
        using var far = new TcpClient { NoDelay = true };
        near.NoDelay = true;
        try
        {
            await far.ConnectAsync(host, target, stopping.Token);
            var relay = new Relay();
            await Task.WhenAny(
                UpAsync(near.GetStream(), far.GetStream(), relay),
                DownAsync(far.GetStream(), near.GetStream(), relay)
            );
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException)
        {
            // The server is down: the node sees its connection close.
        }
    }

    private async Task UpAsync(NetworkStream from, NetworkStream to, Relay relay)
    {
        var messages = new FrontendMessages();
        await PumpAsync(
            from,
            async chunk =>
            {
                foreach (var body in messages.Read(chunk.Span))
                {
                    if (cutAfter is { } text && body.Contains(text, StringComparison.Ordinal))
                        (relay.Swallow, cutAfter) = (true, null);
                }

                if (Interlocked.Exchange(ref relay.Asking, 1) == 0)
                    Interlocked.Increment(ref roundTrips);

                await to.WriteAsync(chunk, stopping.Token);
                return true;
            }
        );
    }

    private Task DownAsync(NetworkStream from, NetworkStream to, Relay relay) =>
        PumpAsync(
            from,
            async chunk =>
            {
                Interlocked.Exchange(ref relay.Asking, 0);
                if (!relay.Swallow)
                {
                    await to.WriteAsync(chunk, stopping.Token);
                    return true;
                }

                // ReadyForQuery ends the answer: by now the server has committed.
                return !(chunk.Length >= 6 && chunk.Span[^6..^1].SequenceEqual("Z\0\0\0\u0005"u8));
            }
        );

    private async Task PumpAsync(NetworkStream from, Func<ReadOnlyMemory<byte>, Task<bool>> pass)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReadAsync(buffer, stopping.Token) is > 0 and var length)
            {
                if (silence is { } quiet)
                    await quiet.Task;
                if (!await pass(buffer.AsMemory(0, length)))
                    return;
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One side closed: RelayAsync closes the other.
        }
    }

    private sealed class Relay
    {
        public volatile bool Swallow;

        public int Asking;
    }

    /// <summary>
    /// Cuts the node's byte stream into messages: a start-up packet without a type, then a type and a length each.
    /// </summary>
    private sealed class FrontendMessages
    {
        private readonly List<byte> pending = [];
        private bool started;

        public List<string> Read(ReadOnlySpan<byte> chunk)
        {
            pending.AddRange(chunk);
            var messages = new List<string>();
            while (true)
            {
                var header = started ? 5 : 4;
                if (pending.Count < header)
                    return messages;
                var bytes = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pending);
                var length = BinaryPrimitives.ReadInt32BigEndian(bytes[(header - 4)..]) + header - 4;
                if (pending.Count < length)
                    return messages;
                messages.Add(Encoding.Latin1.GetString(bytes[header..length]));
                started = true;
                pending.RemoveRange(0, length);
            }
        }
    }
}
