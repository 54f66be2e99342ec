using System.Text.Json;
using Hatcheck.Bots.Telegram;

namespace Hatcheck.Bots.Updates;

/// <summary>One update. Kinds that the runtime does not read keep only their JSON.</summary>
internal sealed class Update
{
    public required long Id { get; init; }

    /// <summary>
    /// The name of the member that holds it: <c>message</c>, <c>callback_query</c>, or any that Telegram invents.
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>The chat, otherwise the person, otherwise 0. Updates of one lane are handled one after the other.</summary>
    public required long Lane { get; init; }

    public required JsonElement Raw { get; init; }

    public WireMessage? Message { get; init; }

    public WireCallback? Callback { get; init; }
}
