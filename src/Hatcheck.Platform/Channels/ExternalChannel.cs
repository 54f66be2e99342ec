using System.Diagnostics.CodeAnalysis;

namespace Hatcheck.Platform.Channels;

/// <summary>
/// A sign-in issuer as a channel: its kind is the issuer's name in the settings, its ids are the subjects of the issuer's
/// tokens. Not one of <see cref="KnownChannels"/>, since only a token proves a subject.
/// </summary>
internal sealed class ExternalChannel(string issuer) : IChannel
{
    public const string ChannelName = "external";

    private const int Longest = 255;

    public string Name => ChannelName;

    public string Kind => issuer;

    public string Form => $"A subject is 1 to {Longest} printable ASCII characters.";

    public bool TryCanonical(string id, [NotNullWhen(true)] out string? canonical)
    {
        canonical = IsSubject(id) ? id : null;
        return canonical is not null;
    }

    /// <summary>
    /// Whether a text can be a subject (OpenID Connect Core 1.0, section 2): compared as is, never normalised.
    /// </summary>
    public static bool IsSubject([NotNullWhen(true)] string? text) =>
        text is { Length: > 0 and <= Longest } && text.All(letter => letter is > ' ' and <= '~');
}
