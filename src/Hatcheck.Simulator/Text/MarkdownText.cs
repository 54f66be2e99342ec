using System.Text;
using Hatcheck.Simulator.Wire;

namespace Hatcheck.Simulator.Text;

/// <summary>
/// Telegram's MarkdownV2, https://core.telegram.org/bots/api#markdownv2-style, without quotes and custom emoji.
/// Byte offsets in the faults count UTF-8, as Telegram's do.
/// </summary>
internal sealed class MarkdownText
{
    private const string Reserved = "_*[]()~`>#+-=|{}.!";
    private readonly string source;
    private readonly StringBuilder text = new();
    private readonly List<MessageEntity> entities = [];
    private readonly Stack<Open> open = new();
    private int at;

    private MarkdownText(string source) => this.source = source;

    public static MarkupResult Parse(string source) => new MarkdownText(source).Parse();

    private MarkupResult Parse()
    {
        while (at < source.Length)
        {
            var c = source[at];
            if (c == '\\' && at + 1 < source.Length && source[at + 1] is > ' ' and <= '~')
            {
                text.Append(source[at + 1]);
                at += 2;
                continue;
            }

            if (!Reserved.Contains(c, StringComparison.Ordinal))
            {
                text.Append(c);
                at++;
                continue;
            }

            var fault = Mark();
            if (fault is not null)
                return new MarkupResult.Faulty(fault);
        }

        return open.TryPeek(out var last)
            ? new MarkupResult.Faulty($"Can't find end of {Name(last.Type)} entity at byte offset {ByteOffset(last.At)}")
            : new MarkupResult.Read(
                new FormattedText(text.ToString(), entities.OrderBy(e => e.Offset).ThenByDescending(e => e.Length).ToArray())
            );
    }

    private string? Mark()
    {
        if (source[at] == '`')
            return Code();
        if (source[at] == ']' && open.TryPeek(out var link) && link.Type == "text_link")
            return EndLink();
        var (mark, type) = source[at..] switch
        {
            ['_', '_', ..] => ("__", "underline"),
            ['_', ..] => ("_", "italic"),
            ['*', ..] => ("*", "bold"),
            ['~', ..] => ("~", "strikethrough"),
            ['|', '|', ..] => ("||", "spoiler"),
            ['[', ..] => ("[", "text_link"),
            _ => ("", ""),
        };
        if (mark.Length == 0)
            return $"Character '{source[at]}' is reserved and must be escaped with the preceding '\\'";
        if (mark != "[" && open.TryPeek(out var started) && started.Type == type)
        {
            open.Pop();
            Keep(new MessageEntity(type, started.Offset, text.Length - started.Offset));
        }
        else
        {
            open.Push(new Open(type, text.Length, at));
        }

        at += mark.Length;
        return null;
    }

    /// <summary>Inside code, nothing is mark-up.</summary>
    private string? Code()
    {
        var begin = at;
        var mark = source.AsSpan(at).StartsWith("```") ? "```" : "`";
        at += mark.Length;
        var offset = text.Length;
        var language = mark == "```" ? Language() : null;
        while (at < source.Length && !source.AsSpan(at).StartsWith(mark))
        {
            if (source[at] == '\\' && at + 1 < source.Length)
                at++;
            text.Append(source[at++]);
        }

        if (at >= source.Length)
            return $"Can't find end of {(mark == "`" ? "Code" : "Pre")} entity at byte offset {ByteOffset(begin)}";
        at += mark.Length;
        Keep(new MessageEntity(mark == "`" ? "code" : "pre", offset, text.Length - offset, Language: language));
        return null;
    }

    private string? Language()
    {
        var line = source.IndexOf('\n', at);
        if (line < 0 || !source.AsSpan(at, line - at).ToString().All(c => char.IsLetterOrDigit(c) || c is '+' or '#' or '-'))
            return null;
        var language = source[at..line];
        at = line + 1;
        return language.Length == 0 ? null : language;
    }

    private string? EndLink()
    {
        var started = open.Pop();
        at++;
        // Brackets without an address are dropped.
        if (at >= source.Length || source[at] != '(')
            return null;
        var begin = at++;
        var url = new StringBuilder();
        while (at < source.Length && source[at] != ')')
        {
            if (source[at] == '\\' && at + 1 < source.Length)
                at++;
            url.Append(source[at++]);
        }

        if (at++ >= source.Length)
            return $"Can't find end of a URL at byte offset {ByteOffset(begin)}";
        if (Uri.TryCreate(url.ToString(), UriKind.Absolute, out _))
            Keep(new MessageEntity("text_link", started.Offset, text.Length - started.Offset, Url: url.ToString()));
        return null;
    }

    private void Keep(MessageEntity entity)
    {
        if (entity.Length > 0)
            entities.Add(entity);
    }

    private static string Name(string type) =>
        type switch
        {
            "text_link" => "TextUrl",
            _ => char.ToUpperInvariant(type[0]) + type[1..],
        };

    private int ByteOffset(int index) => Encoding.UTF8.GetByteCount(source.AsSpan(0, index));

    private sealed record Open(string Type, int Offset, int At);
}
