using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Platform.Keys;

/// <summary>What the chosen provider of the key-encryption key needs beside its name.</summary>
internal sealed class KeyOptionsCheck : IValidateOptions<KeyOptions>
{
    public ValidateOptionsResult Validate(string? name, KeyOptions options) => options switch
    {
        { Provider: "environment" } when string.IsNullOrEmpty(options.Value) => ValidateOptionsResult.Fail(
            "Keys:Value (Keys__Value): it is missing, and Keys:Provider is environment. "
            + "Make 32 bytes in base64: openssl rand -base64 32"),
        { Provider: "passphrase" } when string.IsNullOrEmpty(options.Passphrase) && string.IsNullOrEmpty(options.PassphraseFile) =>
            ValidateOptionsResult.Fail(
                "Keys:PassphraseFile (Keys__PassphraseFile): it is missing, and so is Keys:Passphrase; Keys:Provider is passphrase. "
                + "Name a file that holds at least 12 characters."),
        { Provider: "passphrase", PassphraseFile: { Length: > 0 } file } when !File.Exists(file) =>
            ValidateOptionsResult.Fail($"Keys:PassphraseFile (Keys__PassphraseFile): there is no file {file}."),
        _ => ValidateOptionsResult.Success,
    };
}
