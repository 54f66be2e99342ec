using Hatcheck.Simulator.Text;
using Hatcheck.Simulator.Wire;

namespace Hatcheck.Simulator.World;

/// <summary>One message of a chat; an edit replaces it.</summary>
internal sealed record StoredMessage
{
    public required int Id { get; init; }

    /// <summary>Null if the bot wrote it.</summary>
    public User? Author { get; init; }

    public required long Date { get; init; }

    public long? EditDate { get; init; }

    public FormattedText? Text { get; init; }

    public StoredFile? File { get; init; }

    public InlineKeyboardMarkup? Keyboard { get; init; }

    public int? RepliesTo { get; init; }

    public bool Deleted { get; init; }
}

/// <summary>The bytes of a document.</summary>
internal sealed record StoredFile(string FileId, string UniqueId, string Name, string MimeType, byte[] Content)
{
    /// <summary>The path after <c>/file/bot{token}/</c>.</summary>
    public string Path => $"documents/{UniqueId}/{Uri.EscapeDataString(Name)}";

    public Document ToDocument() => new(FileId, UniqueId, Name, MimeType, Content.LongLength);
}
