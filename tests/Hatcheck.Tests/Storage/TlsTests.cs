using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Faults;
using Hatcheck.ServerKit.Storage;
using Hatcheck.TestKit;
using Npgsql;

namespace Hatcheck.Tests.Storage;

/// <summary>
/// Data off the machine travels under verified TLS, unless the operator explicitly permits plaintext.
/// </summary>
public sealed class TlsTests
{
    [Fact]
    public async Task A_node_serves_over_verified_TLS_and_refuses_a_wrong_authority_and_a_wrong_name()
    {
        await using var database = await OnOwnPostgres.StartAsync(new PostgresOptions { Tls = true });
        var tenant = await database.Node.NewTenantAsync();
        (await tenant.Http.ResolveAsync("4711")).Created.ShouldBeTrue();
        (
            await database.ScalarAsync(
                "select bool_and(s.ssl) from pg_stat_activity a join pg_stat_ssl s using (pid) where a.usename = 'hatcheck_app'"
            )
        ).ShouldBe(true);

        var stranger = Path.Combine(database.Folder, "stranger.pem");
        await File.WriteAllTextAsync(stranger, SomebodyElsesAuthority());
        await RefusedAsync(new NpgsqlConnectionStringBuilder(database.Database.App) { RootCertificate = stranger });
        await RefusedAsync(new NpgsqlConnectionStringBuilder(database.Database.App) { Host = "127.0.0.1" });
        await RefusedAsync(new NpgsqlConnectionStringBuilder(database.Database.App) { SslMode = SslMode.Disable });

        async Task RefusedAsync(NpgsqlConnectionStringBuilder connection)
        {
            var settings = new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal)
            {
                ["Database:ConnectionString"] = connection.ConnectionString,
            };
            await Should.ThrowAsync<NpgsqlException>(() => Node.StartAsync(settings));
        }
    }

    [Theory]
    [InlineData("Host=db.example.com", false)]
    [InlineData("Host=db.example.com;SSL Mode=Prefer", false)]
    [InlineData("Host=db.example.com;SSL Mode=Require", false)]
    [InlineData("Host=db.example.com;SSL Mode=VerifyCA", false)]
    [InlineData("Host=db.example.com;SSL Mode=VerifyFull", true)]
    [InlineData("Host=10.0.0.5", false)]
    [InlineData("Host=localhost,db.example.com", false)]
    [InlineData("Host=localhost.example.com", false)]
    [InlineData("Host=127.0.0.1.example.com", false)]
    [InlineData("Host=localhost", true)]
    [InlineData("Host=127.0.0.1:5433,[::1]:5434", true)]
    [InlineData("Host=::1", true)]
    [InlineData("Host=/var/run/postgresql", true)]
    public void Plaintext_is_refused_off_loopback_unless_told(string host, bool accepted)
    {
        var connection = $"{host};Username=hatcheck_app;Password=of-the-test";
        var owner = new DatabaseOptions
        {
            Provider = "postgres",
            ConnectionString = "Host=localhost",
            OwnerConnectionString = connection,
        };
        foreach (
            var options in new[]
            {
                new DatabaseOptions { Provider = "postgres", ConnectionString = connection },
                owner,
            }
        )
        {
            var result = new DatabaseOptionsCheck().Validate(null, options);
            result.Succeeded.ShouldBe(accepted);
            if (accepted)
                continue;
            result.FailureMessage!.ShouldContain("SSL Mode=VerifyFull");
            result.FailureMessage!.ShouldNotContain("of-the-test");
            options.AllowPlaintext = true;
            new DatabaseOptionsCheck().Validate(null, options).Succeeded.ShouldBeTrue();
        }
    }

    private static string SomebodyElsesAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Hatcheck test CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return certificate.ExportCertificatePem();
    }
}
