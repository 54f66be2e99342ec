using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hatcheck.Platform.Audit;
using Spectre.Console;

namespace Hatcheck.Platform.Verbs;

/// <summary>
/// Where a verb reads and writes: this process's own streams, or those of whoever asked the running server to run it.
/// </summary>
/// <param name="Input">Standard input; read only by verbs that say so.</param>
/// <param name="Output">Results, fit for a program to read.</param>
/// <param name="Error">Hints, warnings and errors, for people.</param>
/// <param name="Interactive">Somebody watches: tables and progress bars instead of plain lines.</param>
/// <param name="Width">Columns of the watcher's terminal.</param>
/// <param name="Account">The number of the account of whoever runs the verb; null where accounts have none.</param>
internal sealed record Terminal(Stream Input, TextWriter Output, TextWriter Error, bool Interactive, int Width, uint? Account)
{
    private const int PlainWidth = 120;
    private static readonly JsonWriterOptions readable = new()
    {
        Indented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>How whoever runs the verb is named in the audit log.</summary>
    public Actor Operator => Actor.Operator(Account);

    public static Terminal OfThisProcess() =>
        new(
            Console.OpenStandardInput(),
            Console.Out,
            Console.Error,
            Interactive: !Console.IsOutputRedirected,
            Console.IsOutputRedirected ? PlainWidth : Math.Max(40, Console.WindowWidth),
            OperatorAccount.OfThisProcess()
        );

    /// <summary>For tables and progress bars.</summary>
    public IAnsiConsole Ansi()
    {
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = Interactive ? AnsiSupport.Yes : AnsiSupport.No,
                ColorSystem = Interactive ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
                Interactive = Interactive ? InteractionSupport.Yes : InteractionSupport.No,
                Out = new AnsiConsoleOutput(Output),
            }
        );
        console.Profile.Width = Width;
        return console;
    }

    /// <summary>JSON for programs. It goes into no page, so other scripts stay readable.</summary>
    /// <param name="value">What is written.</param>
    /// <param name="type">Its form.</param>
    /// <param name="isOneLine">For a verb that goes on: whoever reads knows at the line's end that this is all.</param>
    public void WriteJson<T>(T value, JsonTypeInfo<T> type, bool isOneLine = false)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var form = readable with { Indented = !isOneLine };
        using (var writer = new Utf8JsonWriter(buffer, form))
            JsonSerializer.Serialize(writer, value, type);
        Output.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    /// <summary>A table for people; in a pipe the headings and one line a row, cells separated by tabs.</summary>
    public void WriteTable(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        if (!Interactive)
        {
            foreach (var row in rows.Prepend(headings))
                Output.WriteLine(string.Join('\t', row));
            return;
        }

        var table = new Table().Border(TableBorder.Rounded);
        foreach (var heading in headings)
            table.AddColumn(new TableColumn(new Text(heading)));
        foreach (var row in rows)
            table.AddRow(row.Select(cell => new Text(cell)));
        Ansi().Write(table);
    }
}
