using System.Collections.Frozen;

namespace Hatcheck.Server.Channels;

/// <summary>The messengers by name.</summary>
internal static class KnownChannels
{
    public static readonly FrozenDictionary<string, IChannel> ByName =
        new IChannel[] { new TelegramChannel(), new WhatsAppChannel() }.ToFrozenDictionary(channel => channel.Name, StringComparer.Ordinal);

    public static IChannel? Find(string? name) => name is null ? null : ByName.GetValueOrDefault(name);
}
