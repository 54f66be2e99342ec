using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Hatcheck.Tests.Outbound;

/// <summary>
/// A web server on loopback by hand: ASP.NET's would tell spans of its own in this process. The second part of a path says how it
/// answers, the first is the canary.
/// </summary>
internal sealed class RawPeer : IAsyncDisposable
{
    private const string Length = "Content-Length:";

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<string> requests = new();
    private readonly CancellationTokenSource end = new();
    private readonly Task served;

    public RawPeer()
    {
        listener.Start();
        served = ServeAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>The paths that were asked for.</summary>
    public IReadOnlyCollection<string> Requests => requests;

    /// <summary>The key set that issuers here publish.</summary>
    public string Keys { get; set; } = "{}";

    /// <summary>A port where no one listens.</summary>
    public static int ClosedPort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        listener.Stop();
        await served;
        end.Dispose();
    }

    private async Task ServeAsync()
    {
        var answers = new List<Task>();
        try
        {
            while (true)
                answers.Add(AnswerAsync(await listener.AcceptTcpClientAsync(end.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(answers);
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using var connection = client;
        try
        {
            var stream = client.GetStream();
            if (await PathAsync(stream) is { } path)
            {
                requests.Enqueue(path);
                if (path.Split('/')[2] == "slow")
                    await Task.Delay(Timeout.Infinite, end.Token);
                await stream.WriteAsync(Encoding.UTF8.GetBytes(Answer(path)), end.Token);
            }
            else
            {
                // TLS, which this is not.
                await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), end.Token);
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException)
        {
            // The other side has gone, or the test has.
        }
    }

    private string Answer(string path)
    {
        var way = path.Split('/')[2];
        var rest = path[(path.IndexOf(way, StringComparison.Ordinal) + way.Length)..];
        var authority = $"http://127.0.0.1:{Port}{path[..^rest.Length]}";
        var (status, more, body) = (way, rest) switch
        {
            ("moved", _) => ("302 Found", "Location: https://moved.example/elsewhere\r\n", ""),
            ("broken", _) or ("keyless", "/jwks") => ("500 Internal Server Error", "", "{}"),
            (_, "/jwks") => ("200 OK", "", Keys),
            (_, "") => ("200 OK", "", ""),
            _ => ("200 OK", "", $$"""{"issuer":"{{authority}}","jwks_uri":"{{authority}}/jwks"}"""),
        };
        return $"HTTP/1.1 {status}\r\n{more}Connection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}";
    }

    /// <summary>The path of the request, which is read to its end; null if it is none.</summary>
    private async Task<string?> PathAsync(NetworkStream stream)
    {
        var buffer = new byte[16 * 1024];
        var length = 0;
        while (length < buffer.Length)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), end.Token);
            if (read == 0)
                return null;
            length += read;
            if (buffer[0] is not ((byte)'G' or (byte)'P'))
                return null;
            var text = Encoding.Latin1.GetString(buffer, 0, length);
            var head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (head < 0)
                continue;
            var declared = text.Split("\r\n").FirstOrDefault(line => line.StartsWith(Length, StringComparison.OrdinalIgnoreCase));
            var body = declared is null
                ? 0
                : int.Parse(declared.AsSpan()[Length.Length..], NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
            if (length >= head + 4 + body)
                return text.Split(' ')[1];
        }

        return null;
    }
}
