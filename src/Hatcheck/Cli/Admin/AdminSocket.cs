using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Channels;
using Hatcheck.Platform.Verbs;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Hatcheck.Cli.Admin;

/// <summary>
/// Runs operators' verbs while the server holds the SQLite file: a separate web server on a Unix socket of mode 0600,
/// with one endpoint that exists only there. An account that may open the socket may read the data anyway.
/// </summary>
internal sealed class AdminSocket : IAsyncDisposable
{
    private const int LargestRequest = 256 * 1024;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly WebApplication app;
    private readonly string folder;

    private AdminSocket(WebApplication app, string folder) => (this.app, this.folder) = (app, folder);

    /// <summary>Starts listening; the caller holds the folder's lock.</summary>
    public static async Task<AdminSocket> StartAsync(string folder, IServiceProvider services, CancellationToken cancellation)
    {
        var path = SocketPath.Prepare(folder);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = LargestRequest;
                kestrel.Limits.MinResponseDataRate = null;
                kestrel.ListenUnixSocket(path);
            });
        builder.Services.Configure<SocketTransportOptions>(options => options.CreateBoundListenSocket = Bind);
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        var built = builder.Build();
        built.Run(context => AnswerAsync(context, services));
        await built.StartAsync(cancellation);
        return new AdminSocket(built, folder);
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        SocketPath.Remove(folder);
    }

    private static Socket Bind(EndPoint endPoint)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        if (OperatingSystem.IsLinux())
        {
            // Linux creates the socket's file with the socket's own mode, so no other account can ever open it.
            using var handle = new SafeFileHandle(socket.Handle, ownsHandle: false);
            File.SetUnixFileMode(handle, OwnerOnly);
        }

        socket.Bind(endPoint);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(endPoint.ToString()!, OwnerOnly);
        return socket;
    }

    private static async Task AnswerAsync(HttpContext context, IServiceProvider services)
    {
        if (context.Request.Path != AdminClient.Path || !HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (await ReadAsync(context) is not { } request)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        context.Response.ContentType = "application/x-ndjson";
        var frames = Channel.CreateUnbounded<AdminFrame>(new UnboundedChannelOptions { SingleReader = true });
        var run = RunAsync(request, frames.Writer, services, context.RequestAborted);
        await foreach (var frame in frames.Reader.ReadAllAsync(context.RequestAborted))
        {
            await JsonSerializer.SerializeAsync(
                context.Response.Body,
                frame,
                AdminJson.Default.AdminFrame,
                context.RequestAborted
            );
            await context.Response.Body.WriteAsync("\n"u8.ToArray(), context.RequestAborted);
        }

        await run;
    }

    // Refuses a malformed request, or an operator that is not a number, before anything runs.
    private static async Task<AdminRequest?> ReadAsync(HttpContext context)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(
                context.Request.Body,
                AdminJson.Default.AdminRequest,
                context.RequestAborted
            );
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task RunAsync(
        AdminRequest request,
        ChannelWriter<AdminFrame> frames,
        IServiceProvider services,
        CancellationToken cancellation
    )
    {
        var terminal = new Terminal(
            new MemoryStream(request.Input),
            new FrameWriter(text => frames.TryWrite(new AdminFrame(Output: text))),
            new FrameWriter(text => frames.TryWrite(new AdminFrame(Error: text))),
            request.Interactive,
            request.Width,
            request.Operator
        );
        var exit = await HatcheckCommand.RunAsync(new Invocation(request.Arguments, terminal, services), cancellation);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(request.Input);
        frames.TryWrite(new AdminFrame(Exit: exit));
        frames.Complete();
    }

    /// <summary>Leaves signals to the server around this one.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
