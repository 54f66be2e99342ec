using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Hatcheck.Platform.Channels;

/// <summary>A messenger: what its ids look like. One file each; the name is what callers write.</summary>
internal interface IChannel
{
    /// <summary>As callers write it; frozen, since it is part of the blind index.</summary>
    string Name { get; }

    /// <summary>What an id is there; frozen, since it is part of the blind index.</summary>
    string Kind { get; }

    /// <summary>What an acceptable id looks like, for an error message.</summary>
    string Form { get; }

    /// <summary>The one spelling of an id, or false if it is none.</summary>
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
