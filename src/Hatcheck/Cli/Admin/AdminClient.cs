using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Cli.Admin;

/// <summary>Asks the server that holds the data folder to run a verb.</summary>
internal static class AdminClient
{
    public const string Path = "/run";

    /// <summary>The verb's exit code; null if no server answers, so nothing was run.</summary>
    public static async Task<int?> TryRunAsync(
        string folder,
        AdminRequest request,
        Terminal terminal,
        CancellationToken cancellation
    )
    {
        if (SocketPath.Find(folder) is not { } path || await TryConnectAsync(path, cancellation) is not { } stream)
            return null;
        // Connects first: if something fails later, the verb may have been run.
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(stream),
            UseProxy = false,
        };
        using var http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://admin{Path}"));
        message.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(request, AdminJson.Default.AdminRequest));
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        try
        {
            using var answer = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (answer.StatusCode == HttpStatusCode.BadRequest)
            {
                await terminal.Error.WriteLineAsync(
                    "hatcheck: the running server is of another release and did nothing. Restart it, then repeat this."
                );
                return ExitCode.Failed;
            }

            answer.EnsureSuccessStatusCode();
            using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
            while (await lines.ReadLineAsync(cancellation) is { } line)
            {
                var frame = JsonSerializer.Deserialize(line, AdminJson.Default.AdminFrame)!;
                if (frame.Exit is { } exit)
                    return exit;
                await terminal.Output.WriteAsync(frame.Output);
                await terminal.Error.WriteAsync(frame.Error);
            }
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            // Reported below: the stream ended without an exit code.
        }

        await terminal.Error.WriteLineAsync(
            "hatcheck: the server stopped while it ran this. See what was done (`list`, `status`) before you repeat it."
        );
        return ExitCode.Failed;
    }

    /// <summary>True if a server answers on the folder's socket.</summary>
    public static async Task<bool> AnswersAsync(string folder, CancellationToken cancellation)
    {
        if (SocketPath.Find(folder) is not { } path || await TryConnectAsync(path, cancellation) is not { } stream)
            return false;
        await stream.DisposeAsync();
        return true;
    }

    private static async Task<NetworkStream?> TryConnectAsync(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException)
        {
            // No process listens: a killed server left the socket.
            socket.Dispose();
            return null;
        }
    }
}
