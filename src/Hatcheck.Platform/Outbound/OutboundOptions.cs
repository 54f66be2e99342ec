using Hatcheck.Platform.Http;
using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Outbound;

/// <summary>
/// Settings under <c>Outbound</c>: where the server may connect for an address that someone else chose; see
/// docs/operations/outbound.md.
/// </summary>
internal sealed class OutboundOptions
{
    public const string Section = "Outbound";

    /// <summary>Both names of the setting, for messages.</summary>
    public const string Setting = $"{Section}:{nameof(AllowedNetworks)} ({Section}__{nameof(AllowedNetworks)})";

    /// <summary>
    /// Networks of your own that the server may connect to as well, such as that of your own issuer: CIDR, separated by
    /// semicolons (<c>10.20.0.0/16;::1</c>). Default empty: only the public Internet.
    /// </summary>
    public string? AllowedNetworks { get; set; }
}

/// <summary>Checks what attributes can't express about <see cref="OutboundOptions"/>; reports every fault at once.</summary>
internal sealed class OutboundOptionsCheck : IValidateOptions<OutboundOptions>
{
    public ValidateOptionsResult Validate(string? name, OutboundOptions options)
    {
        var networks = NetworkList.Read(options.AllowedNetworks);
        var faults = new List<string>();
        if (networks.Any(network => network is null))
            faults.Add("an entry is no network; write 10.20.0.0/16;192.168.1.7;fd12:3456::/32.");
        if (networks.Any(network => network is { PrefixLength: 0 }))
            faults.Add("a network of length 0 would allow every address. Name the networks that are yours.");
        if (networks.Any(network => network is { BaseAddress.IsIPv4MappedToIPv6: true }))
            faults.Add("an entry is IPv4 in the form of IPv6; write 10.20.0.0/16, not ::ffff:10.20.0.0/112.");
        return faults.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(faults.Select(fault => $"{OutboundOptions.Setting}: {fault}"));
    }
}
