using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Hatcheck.Server.Tests.Support;
using Hatcheck.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Server.Tests.Http;

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
        node.Log.ToString().ShouldContain("the former certificate goes on serving");

        using var second = await WriteAsync(certificate, key);
        Touch(certificate, minutes: 2);
        time.Advance(TimeSpan.FromMinutes(1));
        (await ShowsAsync(node, second)).ShouldBeTrue();
        (await ShowsAsync(node, first)).ShouldBeFalse();
    }

    /// <summary>Whether the node shows this very certificate: the client trusts no other.</summary>
    private static async Task<bool> ShowsAsync(Node node, X509Certificate2 certificate)
    {
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
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
        var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        await File.WriteAllTextAsync(certificateFile, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem());
        return certificate;
    }

    // File systems keep times coarsely; a renewal is days later.
    private static void Touch(string file, int minutes) => File.SetLastWriteTimeUtc(file, TimeProvider.System.GetUtcNow().AddMinutes(minutes).UtcDateTime);
}
