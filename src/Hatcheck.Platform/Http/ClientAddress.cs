using System.Net;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Hatcheck.Platform.Http;

/// <summary>
/// Replaces the proxy's address and scheme with the client's, and refuses requests that were readable in transit. Only
/// trusted proxies' headers are believed. Reading from the right, the first address that is not a trusted proxy's is the
/// client's; anyone could have invented the entries left of it.
/// </summary>
internal sealed partial class ClientAddress(IOptions<HttpOptions> options, ILogger<ClientAddress> logger)
{
    private const string ForwardedFor = "X-Forwarded-For";
    private const string ForwardedProto = "X-Forwarded-Proto";
    private const int MostHops = 16;
    private const int LongestHeader = 1024;
    private readonly IPNetwork[] trusted = [.. options.Value.Proxies().OfType<IPNetwork>()];
    private readonly bool allowPlaintext = options.Value.AllowPlaintext;
    private int warned;

    public Task ApplyAsync(HttpContext context, RequestDelegate next)
    {
        var connection = context.Connection;
        var headers = context.Request.Headers;
        var throughProxy = false;
        if (connection.RemoteIpAddress is { } peer)
        {
            if (IsTrusted(peer))
            {
                throughProxy = true;
                connection.RemoteIpAddress = Client(peer, headers[ForwardedFor]);
                if (Scheme(headers[ForwardedProto]) is { } scheme)
                    context.Request.Scheme = scheme;
            }
            else if (headers.ContainsKey(ForwardedFor) && Interlocked.Exchange(ref warned, 1) == 0)
            {
                NotTrusted();
            }
        }

        return MayPass(context, throughProxy) ? next(context) : Refused().ExecuteAsync(context);
    }

    private static Problem Refused() =>
        new(
            StatusCodes.Status403Forbidden,
            Contracts.ProblemCodes.Plaintext,
            "The request came over plain HTTP from another machine, so any secret in it could be read on the way: "
                + "replace that key, and use https. Operators: see docs/operations/http.md."
        );

    private bool MayPass(HttpContext context, bool throughProxy)
    {
        if (context.Request.IsHttps || allowPlaintext)
            return true;
        // A trusted proxy that sends no scheme is assumed to use HTTPS; one that sends http is not.
        if (throughProxy && !context.Request.Headers.ContainsKey(ForwardedProto))
            return true;
        if (!throughProxy && (context.Connection.RemoteIpAddress is not { } peer || IPAddress.IsLoopback(peer)))
            return true;
        return context.GetEndpoint()?.Metadata.GetMetadata<ForOrchestrators>() is not null;
    }

    private bool IsTrusted(IPAddress address)
    {
        if (trusted.Length == 0)
            return false;
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return Array.Exists(trusted, network => network.Contains(plain));
    }

    private IPAddress Client(IPAddress peer, StringValues forwarded)
    {
        var client = peer;
        var text = forwarded.ToString();
        if (text.Length > LongestHeader)
            text = text[^LongestHeader..];
        var hops = text.Split(',', StringSplitOptions.TrimEntries);
        for (var i = hops.Length - 1; i >= 0 && i >= hops.Length - MostHops; i--)
        {
            if (Read(hops[i]) is not { } hop)
                break;
            client = hop;
            if (!IsTrusted(hop))
                break;
        }

        return client;
    }

    // Some proxies add the port: 192.0.2.1:4711, [2001:db8::1]:4711.
    private static IPAddress? Read(string hop)
    {
        if (IPAddress.TryParse(hop, out var address))
            return address;
        return IPEndPoint.TryParse(hop, out var endpoint) ? endpoint.Address : null;
    }

    // The nearest proxy's value comes last.
    private static string? Scheme(StringValues forwarded)
    {
        var text = forwarded.ToString();
        var last = text[(text.LastIndexOf(',') + 1)..].Trim();
        return last.Equals("https", StringComparison.OrdinalIgnoreCase) ? "https"
            : last.Equals("http", StringComparison.OrdinalIgnoreCase) ? "http"
            : null;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "A request came with X-Forwarded-For from an address that is not a trusted proxy; the header was ignored. "
            + "If a proxy of yours stands in front of this server, name it in Http:TrustedProxies."
    )]
    private partial void NotTrusted();
}
