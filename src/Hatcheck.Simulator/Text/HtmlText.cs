using System.Globalization;
using System.Text;
using Hatcheck.Simulator.Wire;

namespace Hatcheck.Simulator.Text;

/// <summary>
/// Telegram's HTML: the tags of https://core.telegram.org/bots/api#html-style, numeric entities and lt, gt, amp, quot.
/// Byte offsets in the faults count UTF-8, as Telegram's do.
/// </summary>
internal sealed class HtmlText
{
    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        ["b"] = "bold",
        ["strong"] = "bold",
        ["i"] = "italic",
        ["em"] = "italic",
        ["u"] = "underline",
        ["ins"] = "underline",
        ["s"] = "strikethrough",
        ["strike"] = "strikethrough",
        ["del"] = "strikethrough",
        ["code"] = "code",
        ["pre"] = "pre",
        ["a"] = "text_link",
        ["tg-spoiler"] = "spoiler",
        ["span"] = "spoiler",
        ["blockquote"] = "blockquote",
    };

    private readonly string source;
    private readonly StringBuilder text = new();
    private readonly List<MessageEntity> entities = [];
    private readonly Stack<Open> open = new();
    private int at;

    private HtmlText(string source) => this.source = source;

    public static MarkupResult Parse(string source) => new HtmlText(source).Parse();

    private MarkupResult Parse()
    {
        while (at < source.Length)
        {
            var c = source[at];
            if (c == '&' && TryCharacter(out var decoded))
            {
                text.Append(decoded);
            }
            else if (c == '<')
            {
                var fault = at + 1 < source.Length && source[at + 1] == '/' ? EndTag() : StartTag();
                if (fault is not null)
                    return new MarkupResult.Faulty(fault);
            }
            else
            {
                text.Append(c);
                at++;
            }
        }

        return open.TryPeek(out var last)
            ? new MarkupResult.Faulty($"Can't find end tag corresponding to start tag \"{last.Tag}\"")
            : new MarkupResult.Read(
                new FormattedText(text.ToString(), entities.OrderBy(e => e.Offset).ThenByDescending(e => e.Length).ToArray())
            );
    }

    private string? StartTag()
    {
        var begin = at;
        var close = source.IndexOf('>', at);
        if (close < 0)
            return $"Unclosed start tag at byte offset {ByteOffset(begin)}";
        var inside = source[(at + 1)..close].TrimEnd('/').Trim();
        var space = inside.IndexOfAny([' ', '\n', '\t', '\r']);
        var tag = (space < 0 ? inside : inside[..space]).ToLowerInvariant();
        if (!Types.TryGetValue(tag, out var type))
            return $"Unsupported start tag \"{tag}\" at byte offset {ByteOffset(begin)}";
        var attributes = space < 0 ? "" : inside[space..];
        if (tag == "span" && Attribute(attributes, "class") != "tg-spoiler")
            return $"Tag \"span\" must have class \"tg-spoiler\" at byte offset {ByteOffset(begin)}";
        open.Push(
            new Open(
                tag,
                type,
                text.Length,
                tag == "a" ? Attribute(attributes, "href") : null,
                tag == "code" ? Language(attributes) : null
            )
        );
        at = close + 1;
        return null;
    }

    private string? EndTag()
    {
        var begin = at;
        var close = source.IndexOf('>', at);
        if (close < 0)
            return $"Unclosed end tag at byte offset {ByteOffset(begin)}";
        var tag = source[(at + 2)..close].Trim().ToLowerInvariant();
        if (!open.TryPop(out var started))
            return $"Unexpected end tag at byte offset {ByteOffset(begin)}";
        if (tag.Length > 0 && tag != started.Tag)
            return $"Unmatched end tag at byte offset {ByteOffset(begin)}, expected \"</{started.Tag}>\", found \"</{tag}>\"";
        at = close + 1;
        Keep(started);
        return null;
    }

    private void Keep(Open started)
    {
        var length = text.Length - started.Offset;
        if (length == 0)
            return;
        if (started.Tag == "a")
        {
            // Without href, the text itself is the address.
            var url = started.Url ?? text.ToString(started.Offset, length);
            if (Uri.TryCreate(url, UriKind.Absolute, out _))
                entities.Add(new MessageEntity("text_link", started.Offset, length, Url: url));
            return;
        }

        // <pre><code class="language-x"> is one entity of type pre.
        if (
            started.Tag == "pre"
            && entities.FindIndex(e => e.Type == "code" && e.Offset == started.Offset && e.Length == length) is var inner and >= 0
        )
        {
            entities[inner] = entities[inner] with { Type = "pre" };
            return;
        }

        var language = open.Any(o => o.Tag == "pre") ? started.Language : null;
        entities.Add(new MessageEntity(started.Type, started.Offset, length, Language: language));
    }

    private bool TryCharacter(out string decoded)
    {
        decoded = "";
        var end = source.IndexOf(';', at);
        if (end < 0 || end - at > 12)
            return false;
        var name = source[(at + 1)..end];
        decoded = name switch
        {
            "lt" => "<",
            "gt" => ">",
            "amp" => "&",
            "quot" => "\"",
            _ => Numeric(name),
        };
        if (decoded.Length == 0)
            return false;
        at = end + 1;
        return true;
    }

    private static string Numeric(string name)
    {
        if (!name.StartsWith('#'))
            return "";
        var hex = name.Length > 1 && name[1] is 'x' or 'X';
        var read = hex
            ? int.TryParse(name.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            : int.TryParse(name.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out code);
        return read && code > 0 && Rune.IsValid(code) ? new Rune(code).ToString() : "";
    }

    private static string? Attribute(string attributes, string name)
    {
        var start = attributes.IndexOf(name + "=", StringComparison.OrdinalIgnoreCase);
        if (start < 0)
            return null;
        var value = attributes[(start + name.Length + 1)..].Trim();
        if (value.Length == 0)
            return null;
        if (value[0] is not ('"' or '\''))
            return value.Split(' ')[0];
        var end = value.IndexOf(value[0], 1);
        return (end < 0 ? value[1..] : value[1..end]).Replace("&amp;", "&", StringComparison.Ordinal);
    }

    private static string? Language(string attributes) =>
        Attribute(attributes, "class") is { } name && name.StartsWith("language-", StringComparison.Ordinal)
            ? name["language-".Length..]
            : null;

    private int ByteOffset(int index) => Encoding.UTF8.GetByteCount(source.AsSpan(0, index));

    private sealed record Open(string Tag, string Type, int Offset, string? Url, string? Language);
}
