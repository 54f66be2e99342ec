namespace Hatcheck.Server.Webhooks;

/// <summary>The live signing secrets of an end point; those of a file are read again when it changes.</summary>
internal sealed class SigningSecrets
{
    private const string Prefix = "whsec_";
    private const int Shortest = 24;
    private const int Longest = 64;
    private const int Most = 10;

    private readonly Lock gate = new();
    private readonly ClerkOptions endpoint;
    private IReadOnlyList<byte[]> secrets;
    private DateTime writtenAt;

    public SigningSecrets(ClerkOptions endpoint)
    {
        this.endpoint = endpoint;
        writtenAt = WrittenAt();
        secrets = Read(endpoint) ?? [];
    }

    /// <summary>Secrets in the form of Standard Webhooks 1.0.0; null if any is not, or if there is none.</summary>
    public static IReadOnlyList<byte[]>? Read(ClerkOptions endpoint)
    {
        try
        {
            var texts = string.IsNullOrEmpty(endpoint.SecretFile) ? endpoint.Secrets : File.ReadAllLines(endpoint.SecretFile);
            var given = texts.Select(text => text.Trim()).Where(text => text.Length > 0).Select(Decode).ToList();
            return given.Count is >= 1 and <= Most && given.TrueForAll(secret => secret is not null) ? given.ConvertAll(secret => secret!) : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public IReadOnlyList<byte[]> Live()
    {
        if (string.IsNullOrEmpty(endpoint.SecretFile)) return secrets;
        lock (gate)
        {
            var written = WrittenAt();
            // A file that is being written, or is gone for a moment, ends nothing: what it held last serves on.
            if (written != writtenAt && Read(endpoint) is { } renewed) (secrets, writtenAt) = (renewed, written);
            return secrets;
        }
    }

    // Of what a link leads to: a mounted secret is one, and it is its target that is replaced. Of a file that is gone for a moment: none.
    private DateTime WrittenAt()
    {
        if (endpoint.SecretFile is not { Length: > 0 } file) return default;
        try
        {
            return File.GetLastWriteTimeUtc(File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }

    private static byte[]? Decode(string text)
    {
        var buffer = new byte[Longest + 3];
        return text.StartsWith(Prefix, StringComparison.Ordinal) && Convert.TryFromBase64String(text[Prefix.Length..], buffer, out var length) && length is >= Shortest and <= Longest
            ? buffer[..length]
            : null;
    }
}
