using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Hatcheck.Platform.Channels;

/// <summary>A messenger and the form of its ids. One file each; callers write its name.</summary>
internal interface IChannel
{
    /// <summary>The name that callers write; frozen, since it is part of the blind index.</summary>
    string Name { get; }

    /// <summary>The kind of id; frozen, since it is part of the blind index.</summary>
    string Kind { get; }

    /// <summary>The form of a valid id, for an error message.</summary>
    string Form { get; }

    /// <summary>Returns the canonical spelling of an id; false if it is not one.</summary>
    bool TryCanonical(string id, [NotNullWhen(true)] out string? canonical);
}

/// <summary>The messengers by name.</summary>
internal static class KnownChannels
{
    public static readonly FrozenDictionary<string, IChannel> ByName = new IChannel[]
    {
        new TelegramChannel(),
        new WhatsAppChannel(),
    }.ToFrozenDictionary(channel => channel.Name, StringComparer.Ordinal);

    public static IChannel? Find(string? name) => name is null ? null : ByName.GetValueOrDefault(name);
}
