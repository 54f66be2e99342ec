using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Http;

/// <summary>
/// Settings under <c>Http</c>: reverse proxies, the certificate, and which web pages may call the API; see
/// docs/operations/http.md.
/// </summary>
internal sealed class HttpOptions
{
    public const string Section = "Http";

    /// <summary>
    /// Reverse proxies, as addresses or networks separated by semicolons (<c>10.0.0.0/8;::1</c>). Only their
    /// <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed. Default empty: none.
    /// </summary>
    public string? TrustedProxies { get; set; }

    /// <summary>
    /// Accept plain HTTP from another machine that did not come through a trusted proxy. Default false: such requests are
    /// refused.
    /// </summary>
    public bool AllowPlaintext { get; set; }

    /// <summary>
    /// PEM file with the certificate (and its chain) for the <c>https://</c> addresses in <c>Urls</c>. Read again when it
    /// changes.
    /// </summary>
    public string? CertificateFile { get; set; }

    /// <summary>PEM file with the certificate's private key.</summary>
    public string? CertificateKeyFile { get; set; }

    /// <summary>
    /// How long browsers must use HTTPS only (HSTS, RFC 6797); sent over HTTPS. 0 sends no header. Default 365 days; 0 to
    /// 1000 days.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1000.00:00:00")]
    public TimeSpan HstsMaxAge { get; set; } = TimeSpan.FromDays(365);

    /// <summary>Whether HSTS covers subdomains too. Default false.</summary>
    public bool HstsIncludeSubDomains { get; set; }

    /// <summary>
    /// Web pages that may call the API from a browser, as exact origins separated by semicolons (<c>https://app.example</c>).
    /// Default empty: none.
    /// </summary>
    public string? CorsOrigins { get; set; }

    /// <summary>The origins, split.</summary>
    public string[] Origins() => Split(CorsOrigins);

    /// <summary>The proxies as networks; null for one that can't be read.</summary>
    public IReadOnlyList<IPNetwork?> Proxies() => NetworkList.Read(TrustedProxies);

    private static string[] Split(string? list) =>
        (list ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

/// <summary>Checks what attributes can't in <see cref="HttpOptions"/>; reports every fault at once.</summary>
internal sealed class HttpOptionsCheck : IValidateOptions<HttpOptions>
{
    public ValidateOptionsResult Validate(string? name, HttpOptions options)
    {
        var faults = new List<string>();
        if (options.Proxies().Any(network => network is null))
            faults.Add(
                "Http:TrustedProxies (Http__TrustedProxies): an entry is not an address or network; write "
                    + "10.0.0.0/8;192.0.2.7;2001:db8::/32."
            );
        if (options.Proxies().Any(network => network is { PrefixLength: 0 }))
            faults.Add(
                "Http:TrustedProxies (Http__TrustedProxies): a network of length 0 would trust every address. Name the "
                    + "proxies."
            );
        if (options.Origins().Any(origin => !IsOrigin(origin)))
            faults.Add(
                "Http:CorsOrigins (Http__CorsOrigins): an entry is not an exact origin. Write https://app.example or "
                    + "https://app.example:8443, without path and without *; plain http only for localhost."
            );
        if (string.IsNullOrEmpty(options.CertificateFile) != string.IsNullOrEmpty(options.CertificateKeyFile))
            faults.Add("Http:CertificateFile (Http__CertificateFile): it goes with Http:CertificateKeyFile; give both or none.");
        foreach (
            var (setting, file) in new[]
            {
                (nameof(options.CertificateFile), options.CertificateFile),
                (nameof(options.CertificateKeyFile), options.CertificateKeyFile),
            }
        )
        {
            if (!string.IsNullOrEmpty(file) && !File.Exists(file))
                faults.Add($"Http:{setting} (Http__{setting}): there is no file {file}.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    // As browsers send it: lower case, no default port, no path (RFC 6454, section 7).
    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && text == uri.GetLeftPart(UriPartial.Authority)
        && uri.UserInfo.Length == 0
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && Listening.IsLoopback(uri.Host)));
}
