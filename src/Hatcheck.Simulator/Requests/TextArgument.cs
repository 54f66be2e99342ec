using System.Text.Json;
using Hatcheck.Simulator.Text;
using Hatcheck.Simulator.Wire;

namespace Hatcheck.Simulator.Requests;

/// <summary>Reads a text with its formatting, as mark-up or as entities.</summary>
internal static class TextArgument
{
    public static FormattedText Read(Arguments arguments, string textName, string entitiesName)
    {
        var text = arguments.Text(textName) ?? "";
        var mode = arguments.Text("parse_mode") ?? "";
        var formatted = mode.ToUpperInvariant() switch
        {
            "" => Given(text, arguments.Json(entitiesName)),
            "HTML" => Parsed(HtmlText.Parse(text)),
            "MARKDOWNV2" => Parsed(MarkdownText.Parse(text)),
            "MARKDOWN" => throw Refusal.BadRequest("the simulator does not know the old Markdown; use MarkdownV2 or HTML"),
            _ => throw Refusal.BadRequest("unsupported parse_mode"),
        };
        return Trimmed(formatted);
    }

    private static FormattedText Parsed(MarkupResult result) =>
        result switch
        {
            MarkupResult.Read read => WithCommands(read.Text.Text, read.Text.Entities),
            MarkupResult.Faulty faulty => throw Refusal.BadRequest($"can't parse entities: {faulty.Why}"),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    private static FormattedText Given(string text, JsonElement? entities) =>
        WithCommands(text, entities is { } list ? list.EnumerateArray().Select(e => GivenEntities.Read(e, text)).ToArray() : []);

    private static FormattedText WithCommands(string text, IReadOnlyList<MessageEntity> entities) =>
        new(
            text,
            entities
                .Concat(
                    CommandEntities
                        .Find(text)
                        .Where(c => !entities.Any(e => e.Type is "code" or "pre" or "text_link" && Overlap(c, e)))
                )
                .OrderBy(e => e.Offset)
                .ThenByDescending(e => e.Length)
                .ToArray()
        );

    private static bool Overlap(MessageEntity a, MessageEntity b) =>
        a.Offset < b.Offset + b.Length && b.Offset < a.Offset + a.Length;

    /// <summary>Telegram trims white space at both ends, and shifts the entities.</summary>
    private static FormattedText Trimmed(FormattedText text)
    {
        var end = text.Text.TrimEnd().Length;
        var start = end - text.Text[..end].TrimStart().Length;
        if (start == 0 && end == text.Text.Length)
            return text;
        var entities = text
            .Entities.Select(e => (Entity: e, From: Math.Max(e.Offset, start), To: Math.Min(e.Offset + e.Length, end)))
            .Where(e => e.From < e.To)
            .Select(e => e.Entity with { Offset = e.From - start, Length = e.To - e.From });
        return new FormattedText(text.Text[start..end], entities.ToArray());
    }
}
