using System.ComponentModel.DataAnnotations;
using Hatcheck.Platform.Http;
using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Telemetry;

/// <summary>Settings under <c>Telemetry</c>; see docs/operations/telemetry.md.</summary>
internal sealed class TelemetryOptions
{
    public const string Section = "Telemetry";

    /// <summary>
    /// Target of traces and metrics, OTLP over HTTP (protobuf), such as <c>http://127.0.0.1:4318</c>. Default empty: none.
    /// </summary>
    [Url(ErrorMessage = "Telemetry:OtlpEndpoint is an address such as http://127.0.0.1:4318.")]
    public string? OtlpEndpoint { get; set; }

    /// <summary>How often metrics are sent by OTLP. Default 30 s; 1 s to 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan MetricsInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Address where this node serves <c>/metrics</c> to Prometheus, and nothing else, such as <c>http://127.0.0.1:9464</c>.
    /// Plain HTTP. Off loopback it needs <c>PrometheusTokenFile</c>. Default empty: none.
    /// </summary>
    public string? PrometheusUrl { get; set; }

    /// <summary>
    /// A file with the token that every scrape must show (<c>Authorization: Bearer</c>), 32 to 256 printable characters. Read at
    /// the start. Default empty: none is needed, on loopback.
    /// </summary>
    public string? PrometheusTokenFile { get; set; }

    public bool IsSent => !string.IsNullOrEmpty(OtlpEndpoint);

    public bool IsScraped => !string.IsNullOrEmpty(PrometheusUrl);

    /// <summary>Reads the addresses of the section before the container exists.</summary>
    public static TelemetryOptions Of(IConfiguration configuration) =>
        new()
        {
            OtlpEndpoint = configuration[$"{Section}:{nameof(OtlpEndpoint)}"],
            PrometheusUrl = configuration[$"{Section}:{nameof(PrometheusUrl)}"],
        };

    /// <summary>Reads the token that a scrape must show; null if none is needed.</summary>
    /// <exception cref="IOException">The file can't be read.</exception>
    public string? PrometheusToken() =>
        string.IsNullOrEmpty(PrometheusTokenFile) ? null : File.ReadAllText(PrometheusTokenFile).Trim();
}

/// <summary>Checks what attributes can't express; reports every fault at once, without the values.</summary>
internal sealed class TelemetryOptionsCheck : IValidateOptions<TelemetryOptions>
{
    private const string Url = "Telemetry:PrometheusUrl (Telemetry__PrometheusUrl)";
    private const string TokenFile = "Telemetry:PrometheusTokenFile (Telemetry__PrometheusTokenFile)";

    public ValidateOptionsResult Validate(string? name, TelemetryOptions options)
    {
        var faults = Faults(options).ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> Faults(TelemetryOptions options)
    {
        if (!string.IsNullOrEmpty(options.PrometheusTokenFile) && !HasToken(options))
        {
            yield return $"{TokenFile}: it is not a readable file with 32 to 256 printable characters. "
                + "Write one with: openssl rand -hex 32";
        }
        if (!options.IsScraped)
            yield break;
        if (!Uri.TryCreate(options.PrometheusUrl, UriKind.Absolute, out var url) || !IsListenable(url))
        {
            yield return $"{Url}: it must be plain http, an address of this machine and a port, "
                + "such as http://127.0.0.1:9464 or http://0.0.0.0:9464.";
        }
        else if (!Listening.IsLoopback(url.Host) && string.IsNullOrEmpty(options.PrometheusTokenFile))
        {
            yield return $"{Url}: other machines can reach it. Give Telemetry:PrometheusTokenFile, or listen on 127.0.0.1.";
        }
    }

    private static bool IsListenable(Uri url) =>
        url.Scheme == Uri.UriSchemeHttp
        && url.PathAndQuery == "/"
        && url.UserInfo.Length == 0
        && url.Fragment.Length == 0
        && (url.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6 || Listening.IsLoopback(url.Host));

    private static bool HasToken(TelemetryOptions options)
    {
        try
        {
            return options.PrometheusToken() is { Length: >= 32 and <= 256 } token
                && token.All(letter => letter is > ' ' and < '\x7f');
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
