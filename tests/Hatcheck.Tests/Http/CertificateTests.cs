using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Hatcheck.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Http;

public sealed class CertificateTests(OnSqlite database) : IClassFixture<OnSqlite>
{
    [Fact]
    public async Task A_renewed_certificate_is_shown_without_a_restart_and_half_a_one_is_not()
    {
        var (certificate, key) = (Path.Combine(database.Folder, "tls.pem"), Path.Combine(database.Folder, "tls.key"));
        using var first = await WriteAsync(certificate, key);
        var time = new ManualTime();
        database.Settings["Urls"] = "https://127.0.0.1:0";
        database.Settings["Http:CertificateFile"] = certificate;
        database.Settings["Http:CertificateKeyFile"] = key;
        var node = await database.StartNodeAsync(services => services.AddSingleton<TimeProvider>(time));
        (await ShowsAsync(node, first)).ShouldBeTrue();

        await File.WriteAllTextAsync(certificate, "-----BEGIN CERTIFICATE-----\n");
        Touch(certificate, minutes: 1);
        time.Advance(TimeSpan.FromMinutes(1));
        (await ShowsAsync(node, first)).ShouldBeTrue();
        node.Log.ToString().ShouldContain("the previous certificate stays in use");

        using var second = await WriteAsync(certificate, key);
        Touch(certificate, minutes: 2);
        time.Advance(TimeSpan.FromMinutes(1));
        (await ShowsAsync(node, second)).ShouldBeTrue();
        (await ShowsAsync(node, first)).ShouldBeFalse();
    }

    [Fact]
    public async Task The_chain_is_sent_and_a_secret_mounted_by_Kubernetes_is_read_again_when_it_is_exchanged()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = Request("CN=root", rootKey, isAuthority: true)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-2), TimeProvider.System.GetUtcNow().AddDays(9));
        var folder = Directory.CreateDirectory(Path.Combine(database.Folder, "mounted")).FullName;
        // tls.crt always links to ..data/tls.crt; a renewal exchanges ..data.
        foreach (var file in new[] { "tls.crt", "tls.key" })
            File.CreateSymbolicLink(Path.Combine(folder, file), $"..data/{file}");
        await MountAsync(folder, "first", root, minutes: 0);
        var time = new ManualTime();
        var settings = new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal)
        {
            ["Urls"] = "https://127.0.0.1:0",
            ["Http:CertificateFile"] = Path.Combine(folder, "tls.crt"),
            ["Http:CertificateKeyFile"] = Path.Combine(folder, "tls.key"),
        };
        await using var node = await Node.StartAsync(settings, services => services.AddSingleton<TimeProvider>(time));
        (await SentAsync(node)).ShouldBe(["CN=first", "CN=authority of first"]);
        await MountAsync(folder, "second", root, minutes: 1);
        time.Advance(TimeSpan.FromMinutes(1));
        (await SentAsync(node)).ShouldBe(["CN=second", "CN=authority of second"]);
        Directory.Delete(Path.Combine(folder, "..data"));
        time.Advance(TimeSpan.FromMinutes(1));
        (await SentAsync(node)).ShouldBe(["CN=second", "CN=authority of second"]);
    }

    private static async Task MountAsync(string folder, string name, X509Certificate2 root, int minutes)
    {
        var version = Directory.CreateDirectory(Path.Combine(folder, $"..{name}")).FullName;
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (from, to) = (TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        using var authority = Request($"CN=authority of {name}", authorityKey, isAuthority: true)
            .Create(root, from, to, [1, (byte)name.Length]);
        using var signing = authority.CopyWithPrivateKey(authorityKey);
        using var certificate = Request($"CN={name}", key, isAuthority: false).Create(signing, from, to, [2, (byte)name.Length]);
        await File.WriteAllTextAsync(
            Path.Combine(version, "tls.crt"),
            $"{certificate.ExportCertificatePem()}\n{authority.ExportCertificatePem()}\n"
        );
        await File.WriteAllTextAsync(Path.Combine(version, "tls.key"), key.ExportPkcs8PrivateKeyPem());
        foreach (var file in new[] { "tls.crt", "tls.key" })
            Touch(Path.Combine(version, file), minutes);
        var data = Path.Combine(folder, "..data");
        if (Directory.Exists(data))
            Directory.Delete(data);
        Directory.CreateSymbolicLink(data, $"..{name}");
    }

    /// <summary>The subjects of the certificates that the node sends, its own first.</summary>
    private static async Task<List<string>> SentAsync(Node node)
    {
        var sent = new List<string>();
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(node.Address.Host, node.Address.Port);
        await using var tls = new SslStream(
            tcp.GetStream(),
            leaveInnerStreamOpen: false,
            (_, certificate, chain, _) =>
            {
                sent.AddRange(
                    chain!
                        .ChainPolicy.ExtraStore.Select(one => one.Subject)
                        .Prepend(certificate!.Subject)
                        .Distinct(StringComparer.Ordinal)
                );
                return true;
            }
        );
        await tls.AuthenticateAsClientAsync("127.0.0.1");
        return sent;
    }

    private static CertificateRequest Request(string subject, ECDsa key, bool isAuthority)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(isAuthority, hasPathLengthConstraint: false, 0, critical: true)
        );
        return request;
    }

    /// <summary>Whether the node sends this certificate: the client trusts no other.</summary>
    private static async Task<bool> ShowsAsync(Node node, X509Certificate2 certificate)
    {
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(certificate);
        using var http = new HttpClient(handler);
        try
        {
            return (await http.GetAsync(new Uri(node.Address, "/health/live"))).StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException fault) when (fault.InnerException is AuthenticationException)
        {
            return false;
        }
    }

    private static async Task<X509Certificate2> WriteAsync(string certificateFile, string keyFile)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=hatcheck test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var certificate = request.CreateSelfSigned(
            TimeProvider.System.GetUtcNow().AddDays(-1),
            TimeProvider.System.GetUtcNow().AddDays(1)
        );
        await File.WriteAllTextAsync(certificateFile, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem());
        return certificate;
    }

    // File systems store coarse times; a real renewal is days later.
    private static void Touch(string file, int minutes) =>
        File.SetLastWriteTimeUtc(file, TimeProvider.System.GetUtcNow().AddMinutes(minutes).UtcDateTime);
}
