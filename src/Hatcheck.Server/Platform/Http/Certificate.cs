using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Hatcheck.Server.Platform.Http;

/// <summary>The server's certificate from PEM files, read again when they change, so that a renewal needs no restart.</summary>
internal sealed partial class Certificate(string certificateFile, string keyFile, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);
    private readonly Lock gate = new();
    private X509Certificate2? current;
    private X509Certificate2Collection chain = [];
    private DateTime changed;
    private long looked;

    /// <summary>Points Kestrel's HTTPS addresses at the configured files.</summary>
    public static void Use(WebApplicationBuilder builder, HttpOptions options)
    {
        if (options.CertificateFile is not { Length: > 0 } file || options.CertificateKeyFile is not { Length: > 0 } key) return;
        builder.Services.AddSingleton(provider => new Certificate(
            file, key, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<Certificate>>()));
        builder.WebHost.ConfigureKestrel((_, kestrel) => kestrel.ConfigureHttpsDefaults(https =>
        {
            var certificate = kestrel.ApplicationServices.GetRequiredService<Certificate>();
            // Read at the start, so that a bad file stops it.
            https.ServerCertificate = certificate.Read();
            https.ServerCertificateChain = certificate.chain;
            https.ServerCertificateSelector = (_, _) => certificate.Current();
            https.SslProtocols = System.Security.Authentication.SslProtocols.Tls12 | System.Security.Authentication.SslProtocols.Tls13;
            https.ClientCertificateMode = ClientCertificateMode.NoCertificate;
        }));
    }

    public void Dispose() => current?.Dispose();

    /// <summary>The certificate to show now.</summary>
    public X509Certificate2 Current()
    {
        lock (gate)
        {
            if (current is not null && time.GetElapsedTime(looked) < LookEvery) return current;
            looked = time.GetTimestamp();
            if (current is not null && Changed() == changed) return current;
            try
            {
                return Load();
            }
            catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException && current is not null)
            {
                // Half-written, or only one of the two replaced yet: the old one serves until the pair fits.
                NotRead();
                return current;
            }
        }
    }

    /// <summary>The certificate at the start.</summary>
    /// <exception cref="OperatorException">The files are no certificate and its key.</exception>
    private X509Certificate2 Read()
    {
        try
        {
            return Current();
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new OperatorException($"Http:CertificateFile and Http:CertificateKeyFile: {certificateFile} and {keyFile} can't be read as a certificate and its private key, both in PEM.");
        }
    }

    private X509Certificate2 Load()
    {
        var at = Changed();
        var loaded = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(certificateFile);
        (current, chain, changed) = (loaded, all, at);
        return loaded;
    }

    private DateTime Changed()
    {
        var (a, b) = (File.GetLastWriteTimeUtc(certificateFile), File.GetLastWriteTimeUtc(keyFile));
        return a > b ? a : b;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The changed certificate files can't be read as a certificate and its key; the former certificate goes on serving.")]
    private partial void NotRead();
}
