using Hatcheck.Crypto;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Ids.Verbs;

/// <summary>Hatcheck's address and the API key for it.</summary>
/// <param name="Url">Its address.</param>
/// <param name="ApiKey">Never from the command line.</param>
internal sealed record TicketSource(Uri Url, SecretText ApiKey)
{
    public const string Variable = "HATCHECK_API_KEY";

    public static TicketSource Read(string? url, string? file)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address))
            throw new UsageException("--register needs --hatcheck URL, such as https://hatcheck.example.");
        if (file is null)
        {
            return Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text
                ? new TicketSource(address, new SecretText(text.Trim()))
                : throw new UsageException(
                    $"--register needs Hatcheck's API key: --api-key-file FILE, or the environment's {Variable}."
                );
        }

        using var content = ImportedKey.FromFile(file, KeyEncoding.Text);
        return new TicketSource(address, SecretText.FromUtf8(content.Reveal()));
    }
}
