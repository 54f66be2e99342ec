using System.Net;
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
        var first = await WriteAsync(certificate, key);
        var time = new ManualTime();
        database.Settings["Urls"] = "https://127.0.0.1:0";
        database.Settings["Http:CertificateFile"] = certificate;
        database.Settings["Http:CertificateKeyFile"] = key;
        var node = await database.StartNodeAsync(services => services.AddSingleton<TimeProvider>(time));
        (await ShownAsync(node)).ShouldBe(first);

        await File.WriteAllTextAsync(certificate, "-----BEGIN CERTIFICATE-----\n");
        Touch(certificate, minutes: 1);
        time.Advance(TimeSpan.FromMinutes(1));
        (await ShownAsync(node)).ShouldBe(first);
        node.Log.ToString().ShouldContain("the former certificate goes on serving");

        var second = await WriteAsync(certificate, key);
        Touch(certificate, minutes: 2);
        time.Advance(TimeSpan.FromMinutes(1));
        (await ShownAsync(node)).ShouldBe(second);
    }

    private static async Task<string> ShownAsync(Node node)
    {
        var shown = "";
        using var handler = new HttpClientHandler();
        handler.ServerCertificateCustomValidationCallback = (_, certificate, _, _) =>
        {
            shown = certificate!.Thumbprint;
            return true;
        };
        using var http = new HttpClient(handler);
        (await http.GetAsync(new Uri(node.Address, "/health/live"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        return shown;
    }

    private static async Task<string> WriteAsync(string certificateFile, string keyFile)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        await File.WriteAllTextAsync(certificateFile, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem());
        return certificate.Thumbprint;
    }

    // File systems keep times coarsely; a renewal is days later.
    private static void Touch(string file, int minutes) => File.SetLastWriteTimeUtc(file, TimeProvider.System.GetUtcNow().AddMinutes(minutes).UtcDateTime);
}
