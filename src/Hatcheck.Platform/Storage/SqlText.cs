using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Hatcheck.Platform.Storage;

/// <summary>
/// Statements are written once for both databases. Where the two differ, a statement names a token in braces; the set is closed:
/// <list type="table">
/// <item><term><c>{now}</c></term><description>The database's clock. PostgreSQL: its own, as this statement began. SQLite:
/// this node's, the only one there.</description></item>
/// <item><term><c>{least}</c>, <c>{greatest}</c></term><description>Functions: the smallest, the largest
/// argument.</description></item>
/// <item><term><c>{for share}</c></term><description>After a select: its rows stay as they are until the transaction ends.
/// SQLite has one writer, so they do.</description></item>
/// <item><term><c>{for key share}</c></term><description>After a select: its rows are there, and out of reach of
/// <c>{skip locked}</c>, until the transaction ends. Other columns than the key may change.</description></item>
/// <item><term><c>{skip locked}</c></term><description>After a select: locks its rows, and leaves out those that another
/// transaction has.</description></item>
/// <item><term><c>{each}</c></term><description>A function: a list of texts as rows. Write
/// <c>from {each}($1) as value</c>.</description></item>
/// <item><term><c>{uuid}</c></term><description>A fresh random id, one for each row.</description></item>
/// <item><term><c>{place}</c></term><description>Where a row is stored: a statement that has just read it finds it again
/// by this alone, whatever the planner believes.</description></item>
/// </list>
/// Parameters are <c>$1</c>, <c>$2</c> on both.
/// </summary>
internal sealed partial class SqlText
{
    /// <summary>The parameter that passes the clock to SQLite's statements.</summary>
    public const string Clock = "$now";

    // Not clock_timestamp(): it changes within a statement, and is volatile, which prevents the use of an index. Not now():
    // it is the start of the transaction, which may have waited for locks since (docs/adr/0020-one-dialect-one-clock.md).
    public static readonly SqlText Postgres = new(
        new(StringComparer.Ordinal)
        {
            ["now"] = "statement_timestamp()",
            ["least"] = "least",
            ["greatest"] = "greatest",
            ["for share"] = "for share",
            ["for key share"] = "for key share",
            ["skip locked"] = "for update skip locked",
            ["each"] = "unnest",
            ["uuid"] = "gen_random_uuid()",
            ["place"] = "ctid",
        }
    );

    public static readonly SqlText Sqlite = new(
        new(StringComparer.Ordinal)
        {
            ["now"] = Clock,
            ["least"] = "min",
            ["greatest"] = "max",
            ["for share"] = "",
            ["for key share"] = "",
            ["skip locked"] = "",
            ["each"] = "json_each",
            ["place"] = "rowid",
            // Version 4 of RFC 9562, formatted as ids are stored.
            ["uuid"] =
                "(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-A' "
                + "|| substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))",
        }
    );

    private readonly Dictionary<string, string> words;
    private readonly ConcurrentDictionary<string, Resolved> statements = new(StringComparer.Ordinal);

    private SqlText(Dictionary<string, string> words) => this.words = words;

    /// <summary>The names of the tokens, without their braces.</summary>
    public IReadOnlyCollection<string> Tokens => words.Keys;

    /// <summary>Returns the statement in this database's dialect; translated once, at its first use.</summary>
    /// <exception cref="InvalidOperationException">It names an unknown token.</exception>
    public Resolved Resolve(string statement) => statements.GetOrAdd(statement, static (text, own) => own.Translate(text), this);

    private Resolved Translate(string statement)
    {
        var text = Token.Replace(
            statement,
            match =>
                words.TryGetValue(match.Groups["token"].Value, out var word)
                    ? word
                    : throw new InvalidOperationException(
                        $"A statement names {match.Value}, which is no token of {nameof(SqlText)}: "
                            + $"{string.Join(", ", words.Keys)}."
                    )
        );
        return new Resolved(text, text.Contains(Clock, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"\{(?<token>[^{}]*)\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Token { get; }
}

/// <summary>A statement in one database's dialect.</summary>
/// <param name="Text">Its text, without tokens.</param>
/// <param name="AsksClock">True if it takes the clock as a parameter.</param>
internal sealed record Resolved(string Text, bool AsksClock);
