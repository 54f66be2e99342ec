using System.Buffers.Binary;
using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Hatcheck.Platform.Outbound;
using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Tests.Outbound;

/// <summary>Distinguishes addresses of the public Internet.</summary>
public sealed class SpecialNetworkTests
{
    private static readonly Config Fixed = Config.QuickThrowOnFailure.WithMaxTest(2000).WithReplay(20_261_129, 11);

    /// <summary>The ends of each IPv4 range that is not public, written apart from the code's own table.</summary>
    private static readonly (string First, string Last)[] Closed =
    [
        ("0.0.0.0", "0.255.255.255"),
        ("10.0.0.0", "10.255.255.255"),
        ("100.64.0.0", "100.127.255.255"),
        ("127.0.0.0", "127.255.255.255"),
        ("168.63.129.16", "168.63.129.16"),
        ("169.254.0.0", "169.254.255.255"),
        ("172.16.0.0", "172.31.255.255"),
        ("192.0.0.0", "192.0.0.255"),
        ("192.0.2.0", "192.0.2.255"),
        ("192.88.99.0", "192.88.99.255"),
        ("192.168.0.0", "192.168.255.255"),
        ("198.18.0.0", "198.19.255.255"),
        ("198.51.100.0", "198.51.100.255"),
        ("203.0.113.0", "203.0.113.255"),
        ("224.0.0.0", "255.255.255.255"),
    ];

    private static readonly (uint First, uint Last)[] ranges =
    [
        .. Closed.Select(range => (Number(IPAddress.Parse(range.First)), Number(IPAddress.Parse(range.Last)))),
    ];

    /// <summary>Before the four bytes of an IPv4 address: local NAT64, compatible, translated, Teredo.</summary>
    private static readonly string[] ambiguous =
    [
        "0064ff9b0001000000000000",
        "000000000000000000000000",
        "0000000000000000ffff0000",
        "200100000000000000000000",
    ];

    [Theory]
    [InlineData("0.0.0.0", "unspecified")]
    [InlineData("0.1.2.3", "unspecified")]
    [InlineData("10.0.0.1", "private")]
    [InlineData("100.64.0.0", "shared (CGNAT)")]
    [InlineData("100.100.100.200", "shared (CGNAT)")]
    [InlineData("100.127.255.255", "shared (CGNAT)")]
    [InlineData("127.0.0.1", "loopback")]
    [InlineData("127.255.255.254", "loopback")]
    [InlineData("168.63.129.16", "the host of a machine in Azure")]
    [InlineData("169.254.169.254", "link-local")]
    [InlineData("172.31.255.255", "private")]
    [InlineData("192.0.0.192", "reserved for protocols")]
    [InlineData("192.168.0.1", "private")]
    [InlineData("198.19.255.255", "for benchmarks")]
    [InlineData("224.0.0.1", "multicast")]
    [InlineData("240.0.0.1", "reserved")]
    [InlineData("255.255.255.255", "broadcast")]
    [InlineData("::", "unspecified")]
    [InlineData("::1", "loopback")]
    [InlineData("::2", "reserved")]
    [InlineData("::127.0.0.1", "reserved")]
    [InlineData("::ffff:127.0.0.1", "loopback")]
    [InlineData("::ffff:a00:1", "private")]
    [InlineData("::ffff:0:10.0.0.1", "reserved")]
    [InlineData("64:ff9b::127.0.0.1", "NAT64 of loopback")]
    [InlineData("64:ff9b::a9fe:a9fe", "NAT64 of link-local")]
    [InlineData("64:ff9b:1::8.8.8.8", "NAT64 of the house")]
    [InlineData("64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "NAT64 of the house")]
    [InlineData("100::1", "reserved")]
    [InlineData("2001::1", "a Teredo tunnel")]
    [InlineData("2001:0:7f00:1::f5ff:fffe", "a Teredo tunnel")]
    [InlineData("2001:20::1", "reserved for protocols")]
    [InlineData("2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "reserved for protocols")]
    [InlineData("2001:db8::1", "for documentation")]
    [InlineData("2002:7f00:1::1", "a 6to4 tunnel")]
    [InlineData("2002:a00:1::", "a 6to4 tunnel")]
    [InlineData("3fff:fff:ffff::1", "for documentation")]
    [InlineData("4000::1", "reserved")]
    [InlineData("1fff:ffff::1", "reserved")]
    [InlineData("5f00::1", "reserved")]
    [InlineData("fbff:ffff::1", "reserved")]
    [InlineData("fc00::1", "private")]
    [InlineData("fd00:ec2::254", "private")]
    [InlineData("fdff:ffff::1", "private")]
    [InlineData("fe80::1", "link-local")]
    [InlineData("fe80::1%1", "link-local")]
    [InlineData("febf:ffff::1", "link-local")]
    [InlineData("fec0::1", "reserved")]
    [InlineData("ff02::1", "multicast")]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast")]
    public void An_address_that_is_not_public_is_told_by_its_kind(string address, string kind) =>
        SpecialNetworks.KindOf(IPAddress.Parse(address)).ShouldBe(kind);

    [Theory]
    [InlineData("1.0.0.0")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("169.253.255.255")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("192.0.1.0")]
    [InlineData("198.17.255.255")]
    [InlineData("198.20.0.0")]
    [InlineData("223.255.255.255")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::8.8.8.8")]
    [InlineData("2000::1")]
    [InlineData("2001:200::1")]
    [InlineData("2001:4860:4860::8888")]
    [InlineData("2003::1")]
    [InlineData("2a00:1450:4001::1")]
    [InlineData("3ffe:ffff::1")]
    [InlineData("3fff:1000::1")]
    public void An_address_of_the_public_internet_is_none_of_them(string address) =>
        SpecialNetworks.KindOf(IPAddress.Parse(address)).ShouldBeNull();

    [Fact]
    public void Each_range_begins_and_ends_where_the_registry_says()
    {
        foreach (var (first, last) in ranges)
        {
            uint[] around = [first, last, first > 0 ? first - 1 : first, last < uint.MaxValue ? last + 1 : last];
            foreach (var number in around)
                IsClosed(Address(number)).ShouldBe(Expected(number), $"{Address(number)}");
        }
    }

    [Fact]
    public void Any_IPv4_address_is_judged_by_its_range_and_alike_in_every_form_that_leads_to_it() =>
        Prop.ForAll(
                Numbers().ToArbitrary(),
                number =>
                {
                    var (address, expected) = (Address(number), Expected(number));
                    var bytes = address.GetAddressBytes();
                    IsClosed(address).ShouldBe(expected, $"{address}");
                    IsClosed(address.MapToIPv6()).ShouldBe(expected, $"mapped {address}");
                    IsClosed(Embedded("0064ff9b0000000000000000", bytes)).ShouldBe(expected, $"NAT64 {address}");
                    // The targets of local NAT64, compatible, translated, Teredo and 6to4 can't be read from the address.
                    foreach (var prefix in ambiguous)
                        IsClosed(Embedded(prefix, bytes)).ShouldBeTrue($"{prefix} {address}");
                    IsClosed(new IPAddress([0x20, 0x02, .. bytes, .. new byte[10]])).ShouldBeTrue($"6to4 {address}");
                }
            )
            .Check(Fixed);

    [Fact]
    public void Any_IPv6_address_outside_of_global_unicast_is_closed_but_for_public_ones_behind_NAT64() =>
        Prop.ForAll(
                ArbMap.Default.GeneratorFor<byte>().ArrayOf(16).ToArbitrary(),
                bytes =>
                {
                    bytes[0] = (byte)(bytes[0] is >= 0x20 and < 0x40 ? bytes[0] + 0x20 : bytes[0]);
                    var address = new IPAddress(bytes);
                    if (!address.IsIPv4MappedToIPv6)
                        SpecialNetworks.KindOf(address).ShouldNotBeNull($"{address}");
                }
            )
            .Check(Fixed);

    [Theory]
    [InlineData("10.0.0.7", "10.0.0.7", true)]
    [InlineData("10.0.0.7", "10.0.0.8", false)]
    [InlineData("10.0.0.0/8", "10.255.255.255", true)]
    [InlineData("10.0.0.0/8", "::ffff:10.1.1.1", true)]
    // Another network is behind a translator: it has its own entry, or none.
    [InlineData("10.0.0.0/8", "64:ff9b::10.1.1.1", false)]
    [InlineData("64:ff9b::/96", "64:ff9b::10.1.1.1", true)]
    [InlineData("10.0.0.0/8; fd12:3456::/32", "fd12:3456::1", true)]
    [InlineData("10.0.0.0/8; fd12:3456::/32", "fd12:3457::1", false)]
    [InlineData("127.0.0.0/8", "0.0.0.0", false)]
    [InlineData("127.0.0.0/8", "::1", false)]
    [InlineData("fe80::/10", "fe80::1%1", true)]
    [InlineData(null, "8.8.8.8", true)]
    [InlineData("10.0.0.0/8", "8.8.8.8", true)]
    public void A_declared_network_opens_itself_and_nothing_else(string? declared, string address, bool passes) =>
        (Networks(declared).RefusalOf(IPAddress.Parse(address)) is null).ShouldBe(passes);

    [Theory]
    [InlineData(null, "127.0.0.1", "loopback")]
    [InlineData(null, "[::1]", "loopback")]
    [InlineData(null, "localhost", "loopback")]
    [InlineData("127.0.0.1", "localhost", null)]
    [InlineData("::1", "localhost", null)]
    [InlineData(null, "issuer.example", null)]
    public void A_host_that_needs_no_resolver_is_judged_at_once(string? declared, string host, string? kind) =>
        Networks(declared).RefusalOf(host).ShouldBe(kind);

    [Theory]
    [InlineData("10.0.0.0/33", "no network")]
    [InlineData("house.example", "no network")]
    [InlineData("10.0.0.0/8,127.0.0.1", "no network")]
    [InlineData("0.0.0.0/0", "every address")]
    [InlineData("127.0.0.1;::/0", "every address")]
    [InlineData("::ffff:10.0.0.0/104", "::ffff:")]
    [InlineData("::ffff:10.0.0.1", "::ffff:")]
    public void A_setting_that_can_not_be_meant_is_refused_with_words_and_no_value(string networks, string words)
    {
        var fault = Check(networks).Failures!.ShouldHaveSingleItem();
        fault.ShouldStartWith("Outbound:AllowedNetworks (Outbound__AllowedNetworks): ");
        fault.ShouldContain(words);
    }

    [Fact]
    public void Good_settings_pass()
    {
        foreach (var networks in new[] { null, "", "127.0.0.0/8;::1", "10.20.0.0/16; 192.168.1.7 ;fd12:3456::/32" })
            Check(networks).Succeeded.ShouldBeTrue(networks);
    }

    private static ValidateOptionsResult Check(string? networks) =>
        new OutboundOptionsCheck().Validate(null, new OutboundOptions { AllowedNetworks = networks });

    private static OutboundNetworks Networks(string? declared) =>
        new(Options.Create(new OutboundOptions { AllowedNetworks = declared }));

    /// <summary>Half of them anywhere, half near an end of a range.</summary>
    private static Gen<uint> Numbers()
    {
        var near =
            from range in Gen.Elements(ranges)
            from end in Gen.Elements(range.First, range.Last)
            from off in Gen.Choose(-3, 3)
            select unchecked(end + (uint)off);
        var anywhere = ArbMap.Default.GeneratorFor<byte>().ArrayOf(4).Select(bytes => Number(new IPAddress(bytes)));
        return Gen.OneOf(near, anywhere);
    }

    private static bool Expected(uint number) => Array.Exists(ranges, range => number >= range.First && number <= range.Last);

    private static bool IsClosed(IPAddress address) => SpecialNetworks.KindOf(address) is not null;

    private static uint Number(IPAddress address) => BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());

    private static IPAddress Address(uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return new IPAddress(bytes);
    }

    private static IPAddress Embedded(string prefix, byte[] bytes) => new([.. Convert.FromHexString(prefix), .. bytes]);
}
