using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Hatcheck.Platform.Outbound;
using Hatcheck.ServerKit.Outbound;
using Microsoft.AspNetCore.Http;

namespace Hatcheck.Tests.Outbound;

/// <summary>The handler's connections to real listeners on loopback: 127.0.0.1 is declared, 127.0.0.2 is not.</summary>
public sealed class OutboundHandlerTests
{
    private const string House = "127.0.0.1";
    private const string Inside = "127.0.0.2";

    [Fact]
    public async Task A_resolver_that_answers_differently_the_second_time_leads_nowhere_else()
    {
        await using var house = await Listener.StartAsync(House);
        await using var inside = await Listener.StartAsync(Inside, house.Port);
        using var world = new OutboundWorld(House);
        world.Names.Answer("hooks.example", [House], [Inside]);
        // The connection goes to the checked address; the name was resolved once.
        (await GetAsync(world, "hooks.example", house.Port, close: true)).ShouldBe($"from {House}");
        world.Names.Asked.ShouldBe(["hooks.example"]);
        // The next connection resolves the name again, gets the other address, and is refused.
        await ShouldRefuseAsync(world, $"http://hooks.example:{house.Port}/x");
        world.Names.Asked.Count.ShouldBe(2);
        house.Requests.ShouldBe([$"hooks.example:{house.Port}/x"]);
        inside.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(Inside)]
    [InlineData(House, Inside)]
    [InlineData(Inside, House)]
    [InlineData(House, "8.8.8.8", "10.0.0.1")]
    [InlineData(House, House, House, House, House, House, "fd00::1")]
    [InlineData(House, "::ffff:10.0.0.1")]
    [InlineData(House, "64:ff9b::10.0.0.1")]
    [InlineData(House, "169.254.169.254")]
    [InlineData(House, "0.0.0.0")]
    [InlineData(House, "::")]
    public async Task One_address_of_many_that_is_not_allowed_refuses_them_all(params string[] addresses)
    {
        await using var house = await Listener.StartAsync(House);
        using var world = new OutboundWorld(House);
        world.Names.Answer("hooks.example", addresses);
        await ShouldRefuseAsync(world, $"http://hooks.example:{house.Port}/x");
        house.Requests.ShouldBeEmpty();
    }

    // Each is a spelling of a loopback address.
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f000001")]
    [InlineData("0x7f.0.0x0.1")]
    [InlineData("017700000001")]
    [InlineData("0177.0.0.01")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("[::ffff:7f00:1]")]
    public async Task An_address_in_whatever_writing_is_checked_and_keeps_its_port(string host)
    {
        await using var house = await Listener.StartAsync(House);
        using var closed = new OutboundWorld(declared: null);
        await ShouldRefuseAsync(closed, $"http://{host}:{house.Port}/x");
        house.Requests.ShouldBeEmpty();
        using var open = new OutboundWorld(House);
        (await GetAsync(open, host, house.Port)).ShouldBe($"from {House}");
        house.Requests.ShouldHaveSingleItem().ShouldEndWith($":{house.Port}/x");
        (open.Names.Asked.Count + closed.Names.Asked.Count).ShouldBe(0);
    }

    [Theory]
    [InlineData("0", "unspecified")]
    [InlineData("0.0.0.0", "unspecified")]
    [InlineData("[::]", "unspecified")]
    [InlineData("[::1]", "loopback")]
    [InlineData("[0:0:0:0:0:0:0:1]", "loopback")]
    [InlineData("[fe80::1%251]", "link-local")]
    [InlineData("[64:ff9b::7f00:1]", "NAT64 of loopback")]
    [InlineData("[2002:7f00:1::]", "a 6to4 tunnel")]
    [InlineData("3232235777", "private")]
    [InlineData("0xa9.0xfe.0xa9.0xfe", "link-local")]
    [InlineData("0300.0250.0.1", "private")]
    public async Task What_the_house_did_not_declare_is_refused_in_whatever_writing(string host, string kind)
    {
        using var world = new OutboundWorld(House);
        await ShouldRefuseAsync(world, $"http://{host}:1/x");
        world.Log.ShouldContain($" is {kind}. ");
    }

    [Fact]
    public async Task The_operator_is_told_of_host_address_reason_and_setting_and_the_caller_of_none()
    {
        using var world = new OutboundWorld(declared: null);
        world.Names.Answer("keys.example", ["10.0.0.7"]);
        var address = new Uri("https://user:canary@keys.example/canary?canary");
        var refused = await Should.ThrowAsync<OutboundRefusedException>(() => world.Http.GetAsync(address));
        world.Log.ShouldContain("Did not connect to keys.example");
        world.Log.ShouldContain("10.0.0.7 is private");
        world.Log.ShouldContain("declare it in Outbound:AllowedNetworks (Outbound__AllowedNetworks).");
        world.Log.ShouldNotContain("canary");
        foreach (var word in new[] { "keys.example", "10.0.0.7", "private", "Outbound" })
            refused.Message.ShouldNotContain(word);
    }

    [Fact]
    public async Task A_redirection_is_handed_back_and_not_followed()
    {
        await using var inside = await Listener.StartAsync(House);
        await using var house = await Listener.StartAsync(
            House,
            answer: context =>
            {
                context.Response.Redirect($"http://{House}:{inside.Port}/secret");
                return Task.CompletedTask;
            }
        );
        using var world = new OutboundWorld(House);
        using var answer = await world.Http.GetAsync(new Uri($"http://{House}:{house.Port}/x"));
        answer.StatusCode.ShouldBe(HttpStatusCode.Found);
        inside.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task HTTP_3_which_would_connect_past_the_check_is_not_used()
    {
        using var world = new OutboundWorld(declared: null);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("https://127.0.0.1:1/x"))
        {
            Version = HttpVersion.Version30,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        await Should.ThrowAsync<OutboundRefusedException>(() => world.Http.SendAsync(request));
        // A machine without QUIC would fall back to HTTP/2 by itself.
        (request.Version, request.VersionPolicy).ShouldBe((HttpVersion.Version20, HttpVersionPolicy.RequestVersionOrLower));
    }

    [Fact]
    public async Task An_address_that_does_not_answer_is_passed_over_for_the_next()
    {
        await using var house = await Listener.StartAsync(House);
        using var world = new OutboundWorld("127.0.0.0/8");
        world.Names.Answer("hooks.example", ["127.0.0.3", House]);
        (await GetAsync(world, "hooks.example", house.Port)).ShouldBe($"from {House}");
        world.Names.Answer("nobody.example", []);
        foreach (var host in new[] { "nobody.example", "unknown.example" })
        {
            var address = new Uri($"http://{host}:{house.Port}/x");
            var fault = await Should.ThrowAsync<HttpRequestException>(() => world.Http.GetAsync(address));
            fault.ShouldNotBeOfType<OutboundRefusedException>();
        }
    }

    [Fact]
    public async Task An_answer_is_bounded_in_size_and_time()
    {
        await using var house = await Listener.StartAsync(
            House,
            answer: async context =>
            {
                if (context.Request.Path == "/slow")
                    await Task.Delay(Timeout.Infinite, context.RequestAborted);
                await context.Response.WriteAsync(new string('x', 1000));
            }
        );
        using var world = new OutboundWorld(House);
        using var narrow = world.NewClient(TimeSpan.FromMilliseconds(300), largestAnswer: 999);
        await Should.ThrowAsync<HttpRequestException>(() => narrow.GetAsync(new Uri($"http://{House}:{house.Port}/large")));
        await Should.ThrowAsync<TaskCanceledException>(() => narrow.GetAsync(new Uri($"http://{House}:{house.Port}/slow")));
    }

    [Fact]
    public async Task A_certificate_does_not_make_the_server_fetch_its_issuers_from_an_address_inside()
    {
        await using var inside = await Listener.StartAsync(House);
        using var certificate = CertificateThatNames(new Uri($"http://{House}:{inside.Port}/authority.cer"));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var served = ServeAsync(listener, certificate);
        using var world = new OutboundWorld(House);
        var fault = await Should.ThrowAsync<HttpRequestException>(() =>
            world.Http.GetAsync(new Uri($"https://{House}:{((IPEndPoint)listener.LocalEndpoint).Port}/x"))
        );
        fault.InnerException.ShouldBeOfType<AuthenticationException>();
        await served;
        inside.Requests.ShouldBeEmpty();
    }

    private static async Task<string> GetAsync(OutboundWorld world, string host, int port, bool close = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://{host}:{port}/x"));
        request.Headers.ConnectionClose = close;
        using var answer = await world.Http.SendAsync(request);
        return await answer.Content.ReadAsStringAsync();
    }

    private static Task<OutboundRefusedException> ShouldRefuseAsync(OutboundWorld world, string address) =>
        Should.ThrowAsync<OutboundRefusedException>(() => world.Http.GetAsync(new Uri(address)));

    private static async Task ServeAsync(TcpListener listener, X509Certificate2 certificate)
    {
        using var tcp = await listener.AcceptTcpClientAsync();
        await using var tls = new SslStream(tcp.GetStream());
        try
        {
            // Offline: else this side would fetch the authority too.
            var context = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = context });
            _ = await tls.ReadAsync(new byte[1]);
        }
        catch (Exception fault) when (fault is AuthenticationException or IOException)
        {
            // The client does not trust it.
        }
    }

    /// <summary>A certificate of an unknown authority, with the address of the authority's certificate.</summary>
    private static X509Certificate2 CertificateThatNames(Uri authority)
    {
        var (from, to) = (TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        using var issuingKey = RSA.Create(2048);
        using var key = RSA.Create(2048);
        var root = new CertificateRequest("CN=unknown", issuingKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        using var issuing = root.CreateSelfSigned(from, to);
        var request = new CertificateRequest($"CN={House}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(ocspUris: null, [authority.ToString()]));
        using var made = request.Create(issuing, from, to, [1, 2, 3]);
        return made.CopyWithPrivateKey(key);
    }
}
