using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Hatcheck.Platform.Http;

/// <summary>The server's certificate from PEM files, read again when they change, so a renewal needs no restart.</summary>
internal sealed partial class Certificate(string certificateFile, string keyFile, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);
    private readonly Lock gate = new();
    private SslStreamCertificateContext? current;
    private (DateTime Certificate, DateTime Key) changed;
    private long looked;

    /// <summary>Points Kestrel's HTTPS addresses at the configured files.</summary>
    public static void Use(WebApplicationBuilder builder, HttpOptions options)
    {
        if (options.CertificateFile is not { Length: > 0 } file || options.CertificateKeyFile is not { Length: > 0 } key)
            return;
        builder.Services.AddSingleton(provider => new Certificate(
            file,
            key,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<Certificate>>()
        ));
        builder.WebHost.ConfigureKestrel(
            (_, kestrel) =>
                kestrel.ConfigureHttpsDefaults(https =>
                {
                    var certificate = kestrel.ApplicationServices.GetRequiredService<Certificate>();
                    // Read at start-up, so that a bad file stops it. Not by a selector: Kestrel would then send the
                    // certificate without its chain.
                    https.ServerCertificate = certificate.Read().TargetCertificate;
                    https.OnAuthenticate = (_, options) => options.ServerCertificateContext = certificate.Current();
                    https.SslProtocols =
                        System.Security.Authentication.SslProtocols.Tls12 | System.Security.Authentication.SslProtocols.Tls13;
                    https.ClientCertificateMode = ClientCertificateMode.NoCertificate;
                })
        );
    }

    public void Dispose() => current?.TargetCertificate.Dispose();

    /// <summary>The certificate to present now, with its chain.</summary>
    public SslStreamCertificateContext Current()
    {
        lock (gate)
        {
            if (current is not null && time.GetElapsedTime(looked) < LookEvery)
                return current;
            looked = time.GetTimestamp();
            try
            {
                return current is not null && Changed() == changed ? current : Load();
            }
            catch (Exception fault)
                when (fault is CryptographicException or IOException or UnauthorizedAccessException && current is not null)
            {
                // The file is half-written, briefly missing, or only one of the two was replaced: serve the old pair until
                // the new one fits.
                NotRead();
                return current;
            }
        }
    }

    /// <summary>Reads the certificate at start-up.</summary>
    /// <exception cref="OperatorException">The files aren't a certificate and its key.</exception>
    private SslStreamCertificateContext Read()
    {
        try
        {
            return Current();
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new OperatorException(
                $"Http:CertificateFile and Http:CertificateKeyFile: {certificateFile} and {keyFile} can't be read as a "
                    + "certificate and its private key, both in PEM."
            );
        }
    }

    private SslStreamCertificateContext Load()
    {
        var at = Changed();
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(certificateFile);
        // Offline: never fetch missing certificates from addresses that the certificate names.
        current = SslStreamCertificateContext.Create(
            X509Certificate2.CreateFromPemFile(certificateFile, keyFile),
            all,
            offline: true
        );
        changed = at;
        return current;
    }

    private (DateTime Certificate, DateTime Key) Changed() => (ChangedAt(certificateFile), ChangedAt(keyFile));

    // Follows links: for a secret mounted by Kubernetes the path is a link that never changes, and its target is swapped.
    private static DateTime ChangedAt(string file) =>
        File.GetLastWriteTimeUtc(File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The changed certificate files can't be read as a certificate and its key; the previous certificate "
            + "stays in use."
    )]
    private partial void NotRead();
}
