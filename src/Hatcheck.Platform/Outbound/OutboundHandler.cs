using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Hatcheck.Platform.Telemetry;

namespace Hatcheck.Platform.Outbound;

/// <summary>The address is in a network that is not allowed. The log shows which and why; callers don't learn it.</summary>
internal sealed class OutboundRefusedException()
    : HttpRequestException(HttpRequestError.ConnectionError, "The address leads to a network that is not allowed.");

/// <summary>
/// Sends requests to addresses that someone else chose: issuers, webhooks, providers. Resolves the name itself and refuses the
/// request if any address is neither public nor declared (<see cref="OutboundNetworks"/>). Connects only to a checked
/// address, so a later, different DNS answer changes nothing. Uses no redirect, proxy, cookie or HTTP/3.
/// </summary>
internal sealed partial class OutboundHandler : DelegatingHandler
{
    /// <summary>The source of the handler's spans.</summary>
    public const string SpanSource = "Hatcheck.Outbound";

    /// <summary>Limit for resolving the host and connecting to one of its addresses.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Set on an unencrypted request: it may go to a declared network only.</summary>
    public static readonly HttpRequestOptionsKey<bool> DeclaredOnly = new("hatcheck.declared_only");

    /// <summary>Bytes read of an unused response, to reuse its connection. A longer response closes the connection.</summary>
    private const int MostDrained = 4096;

    /// <summary>Addresses tried per connection; all are checked.</summary>
    private const int MostTried = 4;

    private const int LongestHost = 255;

    private static readonly ActivitySource spans = new(SpanSource);

    private readonly OutboundNetworks networks;
    private readonly INameResolver resolver;
    private readonly ILogger<OutboundHandler> logger;

    public OutboundHandler(OutboundNetworks networks, INameResolver resolver, ILogger<OutboundHandler> logger)
    {
        (this.networks, this.resolver, this.logger) = (networks, resolver, logger);
        InnerHandler = new SocketsHttpHandler
        {
            ConnectCallback = ConnectAsync,
            ConnectTimeout = ConnectTimeout,
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            MaxResponseDrainSize = MostDrained,
            // The framework's span would record the whole address and send the trace id to the receiver.
            ActivityHeadersPropagator = null,
            // Resolves the name again after this time, in case its address changed.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            SslOptions = new()
            {
                // Otherwise .NET would fetch issuer certificates from an address in the peer's certificate, past this
                // handler.
                CertificateChainPolicy = new X509ChainPolicy
                {
                    DisableCertificateDownloads = true,
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        };
    }

    /// <summary>Creates a client on this handler; the container, not the client, disposes of the handler.</summary>
    /// <param name="patience">Time limit from the start of a request to the last byte of the response.</param>
    /// <param name="largestAnswer">Bytes; a longer body fails the request. Neither limit applies to a streamed body.</param>
    public HttpClient NewClient(TimeSpan patience, int largestAnswer) =>
        new(this, disposeHandler: false) { Timeout = patience, MaxResponseContentBufferSize = largestAnswer };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // HTTP/3 opens its own connections, past the check.
        request.VersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
        if (request.Version > HttpVersion.Version20)
            request.Version = HttpVersion.Version20;
        // No host, path or query: a tenant chose the host, and the path may be a secret.
        using var span = spans.StartActivity($"HTTP {request.Method}", ActivityKind.Client);
        try
        {
            var answer = await base.SendAsync(request, cancellationToken);
            span?.SetTag("http.request.method", request.Method.Method)
                .SetTag("http.response.status_code", (int)answer.StatusCode);
            return answer;
        }
        catch (Exception fault)
        {
            span?.SetTag("http.request.method", request.Method.Method)
                .SetTag(
                    "error.type",
                    fault is HttpRequestException { HttpRequestError: var kind } ? $"{kind}" : fault.GetType().Name
                )
                .SetStatus(ActivityStatusCode.Error);
            if (fault is HttpRequestException { InnerException: OutboundRefusedException })
                throw new OutboundRefusedException();
            throw;
        }
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var found = IPAddress.TryParse(host, out var literal) ? [literal] : await resolver.ResolveAsync(host, cancellation);
        var addresses = Array.ConvertAll(found, SpecialNetworks.Plain);
        var isDeclaredOnly = context.InitialRequestMessage.Options.TryGetValue(DeclaredOnly, out var only) && only;
        foreach (var address in addresses)
        {
            var refusal = networks.RefusalOf(address) ?? (isDeclaredOnly ? networks.UndeclaredOf(address) : null);
            if (refusal is not { } kind)
                continue;
            var shown = host.Length > LongestHost ? host[..LongestHost] : host;
            Refused(new(shown), new($"{address}"), new(kind), OutboundOptions.Setting);
            throw new OutboundRefusedException();
        }

        return await ConnectAsync(addresses.AsMemory(0, Math.Min(addresses.Length, MostTried)), port, cancellation);
    }

    private static async Task<NetworkStream> ConnectAsync(
        ReadOnlyMemory<IPAddress> addresses,
        int port,
        CancellationToken cancellation
    )
    {
        var failed = SocketError.HostNotFound;
        for (var i = 0; i < addresses.Length; i++)
        {
            var address = addresses.Span[i];
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            // Leaves time for the other addresses if one never answers.
            limit.CancelAfter(ConnectTimeout / addresses.Length);
            Socket? socket = null;
            try
            {
                socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(new IPEndPoint(address, port), limit.Token);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (Exception fault)
            {
                socket?.Dispose();
                if (cancellation.IsCancellationRequested || fault is not (SocketException or OperationCanceledException))
                    throw;
                failed = (fault as SocketException)?.SocketErrorCode ?? SocketError.TimedOut;
            }
        }

        throw new SocketException((int)failed);
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Did not connect to {Host}: {Address} is {Kind}. If that network is yours, declare it in {Setting}."
    )]
    private partial void Refused(SafeText host, SafeText address, SafeText kind, string setting);
}
