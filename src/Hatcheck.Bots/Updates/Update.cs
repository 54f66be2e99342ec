using System.Text.Json;
using Hatcheck.Bots.Telegram;

namespace Hatcheck.Bots.Updates;

/// <summary>One update. Kinds that the runtime does not read itself keep their object as it came.</summary>
internal sealed class Update
{
    public required long Id { get; init; }

    /// <summary>
    /// The name of the member that holds it: <c>message</c>, <c>callback_query</c>, or any that Telegram invents.
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>Updates with the same lane are handled one after the other: the chat, else the person, else 0.</summary>
    public required long Lane { get; init; }

    public required JsonElement Raw { get; init; }

    public WireMessage? Message { get; init; }

    public WireCallback? Callback { get; init; }
}
