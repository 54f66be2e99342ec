using System.Net;

namespace Hatcheck.Client;

/// <summary>Checks the options of a client. No message holds a value, since messages get logged.</summary>
internal static class OptionsCheck
{
    private const int LongestKey = 200;
    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromMilliseconds(10);

    public static void Check(HatcheckClientOptions options)
    {
        if (options.Fault() is { } fault)
            throw new ArgumentException(fault, nameof(options));
    }

    public static string? FindFault(HatcheckClientOptions options) =>
        options switch
        {
            { Url.IsAbsoluteUri: false } => "Url must be an absolute http or https address.",
            _ when options.Url.Scheme != Uri.UriSchemeHttps && options.Url.Scheme != Uri.UriSchemeHttp =>
                "Url must be an absolute http or https address.",
            _ when options.Url.Scheme == Uri.UriSchemeHttp && !IsLoopback(options.Url) =>
                "Url must be https: off this machine the API key would travel readable.",
            _ when options.Url.UserInfo.Length + options.Url.Query.Length + options.Url.Fragment.Length > 0 =>
                "Url takes no user, query or fragment.",
            _ when !IsSendable(options.ApiKey.Reveal()) => "ApiKey must look like hck_live_… or hck_demo_…, without spaces.",
            { MaxRetries: < 0 or > 10 } => "MaxRetries must be 0 to 10.",
            { MaxAnswerBytes: < 1 } => "MaxAnswerBytes must be positive.",
            _ when options.AttemptTimeout < ShortestTimeout || options.TotalTimeout < ShortestTimeout =>
                "AttemptTimeout and TotalTimeout must be at least 10 milliseconds.",
            _ => null,
        };

    // Checks just enough to stop a wrong paste before it is sent; the server checks the rest.
    private static bool IsSendable(string key) =>
        (key.StartsWith("hck_live_", StringComparison.Ordinal) || key.StartsWith("hck_demo_", StringComparison.Ordinal))
        && key.Length <= LongestKey
        && key.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static bool IsLoopback(Uri url) =>
        url.IsLoopback || (IPAddress.TryParse(url.DnsSafeHost, out var address) && IPAddress.IsLoopback(address));
}
