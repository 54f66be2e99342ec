using System.ComponentModel.DataAnnotations;
using Hatcheck.Crypto;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Keys;

/// <summary>
/// Settings under <c>Keys</c>: the source of the key-encryption key (KEK). Losing it loses everything sealed.
/// </summary>
internal sealed class KeyOptions
{
    public const string Section = "Keys";
    public const int ShortestPassphrase = 12;

    /// <summary><c>file</c> (created on first start; the default), <c>environment</c> or <c>passphrase</c>.</summary>
    [RegularExpression("^(file|environment|passphrase)$", ErrorMessage = "Keys:Provider is file, environment or passphrase.")]
    public string Provider { get; set; } = "file";

    /// <summary>
    /// Provider <c>file</c>: the key file, mode 0600. Default <c>kek.key</c> in <c>Data:Folder</c>. Back it up separately
    /// from the data.
    /// </summary>
    public string? File { get; set; }

    /// <summary>Provider <c>environment</c>: 32 bytes in base64; create them with <c>openssl rand -base64 32</c>.</summary>
    public string? Value { get; set; }

    /// <summary>
    /// Provider <c>passphrase</c>: at least 12 characters; its parameters are kept in <c>kek.params</c> in
    /// <c>Data:Folder</c>.
    /// </summary>
    public string? Passphrase { get; set; }

    /// <summary>Provider <c>passphrase</c>: a file with the passphrase, instead of <see cref="Passphrase"/>.</summary>
    public string? PassphraseFile { get; set; }

    /// <summary>The path of the key file, or of the passphrase's parameters; null for <c>environment</c>.</summary>
    public string? PathIn(DataOptions data) =>
        Provider switch
        {
            "file" => File ?? data.PathOf("kek.key"),
            "passphrase" => data.PathOf("kek.params"),
            _ => null,
        };

    /// <summary>Returns the passphrase from its file or setting; null if there is none.</summary>
    public string? ReadPassphrase() =>
        string.IsNullOrEmpty(PassphraseFile) ? Passphrase : System.IO.File.ReadAllText(PassphraseFile).TrimEnd('\r', '\n');

    /// <summary>Opens the KEK; creates the key file on first start.</summary>
    public IKeyEncryptionKey Open(DataOptions data)
    {
        switch (Provider)
        {
            case "environment":
                return LocalKeys.FromBase64(
                    Value
                        ?? throw new OperatorException(
                            "Keys:Provider is environment, so set Keys:Value (Keys__Value) to 32 bytes in base64: `openssl "
                                + "rand -base64 32`."
                        )
                );
            case "passphrase":
                var text = ReadPassphrase();
                if (text is not { Length: >= ShortestPassphrase })
                    throw new OperatorException(
                        "Keys:Provider is passphrase, so set Keys:Passphrase or Keys:PassphraseFile; at least 12 characters."
                    );
                using (var secret = new SecretText(text))
                    return LocalKeys.FromPassphrase(secret, PathIn(data)!);
            default:
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(PathIn(data)!))!);
                return LocalKeys.FromFile(PathIn(data)!, create: true);
        }
    }
}
