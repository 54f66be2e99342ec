using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Keys;

/// <summary>Checks what the chosen provider of the key-encryption key needs; runs before a database is created.</summary>
internal sealed class KeyOptionsCheck : IValidateOptions<KeyOptions>
{
    public ValidateOptionsResult Validate(string? name, KeyOptions options) =>
        options switch
        {
            { Provider: "environment" } when string.IsNullOrEmpty(options.Value) => ValidateOptionsResult.Fail(
                "Keys:Value (Keys__Value): it is missing, and Keys:Provider is environment. "
                    + "Make 32 bytes in base64: openssl rand -base64 32"
            ),
            { Provider: "passphrase" }
                when string.IsNullOrEmpty(options.Passphrase) && string.IsNullOrEmpty(options.PassphraseFile) =>
                ValidateOptionsResult.Fail(
                    "Keys:PassphraseFile (Keys__PassphraseFile): it is missing, and so is Keys:Passphrase; Keys:Provider is "
                        + "passphrase. Name a file that holds at least 12 characters."
                ),
            { Provider: "passphrase", PassphraseFile: { Length: > 0 } file } when !File.Exists(file) =>
                ValidateOptionsResult.Fail($"Keys:PassphraseFile (Keys__PassphraseFile): there is no file {file}."),
            { Provider: "passphrase" } => Passphrase(options),
            _ => ValidateOptionsResult.Success,
        };

    private static ValidateOptionsResult Passphrase(KeyOptions options)
    {
        var setting = string.IsNullOrEmpty(options.PassphraseFile)
            ? "Keys:Passphrase (Keys__Passphrase)"
            : "Keys:PassphraseFile (Keys__PassphraseFile)";
        try
        {
            return options.ReadPassphrase() is { Length: >= KeyOptions.ShortestPassphrase }
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail(
                    $"{setting}: the passphrase has fewer than {KeyOptions.ShortestPassphrase} characters."
                );
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return ValidateOptionsResult.Fail(
                $"{setting}: the file can't be read. Give the user that hatcheck runs as the right to."
            );
        }
    }
}
