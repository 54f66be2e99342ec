using System.Net;
using Hatcheck.Platform.Outbound;

namespace Hatcheck.Platform.Webhooks;

/// <summary>Decides which addresses a webhook may have. Path and query may hold a secret: only the host is shown.</summary>
internal static class WebhookAddress
{
    private const int Longest = 2000;

    /// <summary>Parses an address that requests can be sent to; else null.</summary>
    public static Uri? Read(string text) =>
        text.Length <= Longest
        && Uri.TryCreate(text, UriKind.Absolute, out var address)
        && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp)
        && address.UserInfo.Length == 0
        && address.Fragment.Length == 0
        && address.Host.Length > 0
            ? address
            : null;

    /// <summary>
    /// Returns why an operator can't add it, as a sentence; null if they can. A host name is checked at each connection.
    /// </summary>
    public static string? FaultOf(string text, OutboundNetworks networks)
    {
        if (Read(text) is not { } address)
            return $"An address begins with https://, has at most {Longest} characters, and neither user nor fragment.";
        var host = address.IdnHost.Trim('[', ']');
        if (networks.RefusalOf(host) is { } kind)
            return $"The address leads to a network that is {kind}. If it is yours, declare it in {OutboundOptions.Setting}.";
        if (address.Scheme == Uri.UriSchemeHttps)
            return null;
        var mayBeOurs = IPAddress.TryParse(host, out var literal) ? networks.UndeclaredOf(literal) is null : networks.DeclaresAny;
        return mayBeOurs
            ? null
            : $"The address begins with http://, which only a network of yours may see: declare it in {OutboundOptions.Setting}.";
    }
}
