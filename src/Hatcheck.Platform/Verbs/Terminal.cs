using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hatcheck.Platform.Audit;
using Spectre.Console;

namespace Hatcheck.Platform.Verbs;

/// <summary>
/// A verb's input and output: this process's own streams, or those of the client whose verb a running server runs.
/// </summary>
/// <param name="Input">Standard input; only some verbs read it.</param>
/// <param name="Output">Results, readable by programs.</param>
/// <param name="Error">Hints, warnings and errors, for people.</param>
/// <param name="Interactive">A person watches: tables and progress bars instead of plain lines.</param>
/// <param name="Width">Columns of the terminal.</param>
/// <param name="Account">The number of the operator's account; null where accounts have none.</param>
internal sealed record Terminal(Stream Input, TextWriter Output, TextWriter Error, bool Interactive, int Width, uint? Account)
{
    private const int PlainWidth = 120;
    private static readonly JsonWriterOptions readable = new()
    {
        Indented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The operator in the audit log.</summary>
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

    /// <summary>A console for tables and progress bars.</summary>
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

    /// <summary>Writes JSON for programs. It goes into no web page, so other scripts stay readable.</summary>
    /// <param name="value">The value to write.</param>
    /// <param name="type">The value's JSON type.</param>
    /// <param name="isOneLine">For a verb that continues: the end of the line ends the value.</param>
    public void WriteJson<T>(T value, JsonTypeInfo<T> type, bool isOneLine = false)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var form = readable with { Indented = !isOneLine };
        using (var writer = new Utf8JsonWriter(buffer, form))
            JsonSerializer.Serialize(writer, value, type);
        Output.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    /// <summary>Writes a table for people; into a pipe the headings and one line per row, cells separated by tabs.</summary>
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
