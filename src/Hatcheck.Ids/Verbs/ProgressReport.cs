using System.Text.Json;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Ids.Verbs;

/// <summary>
/// Shows the progress of a step: a bar on a terminal, a line every few seconds in a pipe, JSON lines with <c>--json</c>.
/// </summary>
internal sealed class ProgressReport(Terminal terminal, bool json, TimeProvider time) : IReport
{
    private static readonly TimeSpan OnTerminal = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan InPipe = TimeSpan.FromSeconds(3);
    private const int BarWidth = 24;
    private string what = "";
    private long begun;
    private long before;
    private long done;
    private long total;
    private long shownAt;
    private bool barShown;

    public void Note(string line)
    {
        if (json)
        {
            Write(new IdsEvent("note") { Message = line });
            return;
        }

        Erase();
        terminal.Error.WriteLine(line);
    }

    public void Begin(string what, long done, long total)
    {
        (this.what, this.done, before, this.total) = (what, done, done, total);
        begun = shownAt = time.GetTimestamp();
    }

    public void Advance(long done)
    {
        this.done = done;
        if (time.GetElapsedTime(shownAt) < (terminal.Interactive && !json ? OnTerminal : InPipe))
            return;
        Show();
    }

    public void End()
    {
        // A short task needs no line in a pipe.
        if (barShown || (json && done > before))
            Show();
        Erase();
        if (!json && terminal.Interactive)
            terminal.Error.WriteLine($"{what}: {done:N0} rows, {Rate():N0} a second");
    }

    private double Rate() => (done - before) / Math.Max(0.001, time.GetElapsedTime(begun).TotalSeconds);

    private void Show()
    {
        shownAt = time.GetTimestamp();
        var rate = Rate();
        double? left = rate > 0 && total > done ? (total - done) / rate : null;
        if (json)
        {
            Write(
                new IdsEvent("progress")
                {
                    Step = what,
                    Done = done,
                    Total = total,
                    RowsPerSecond = Math.Round(rate),
                    RemainingSeconds = left is { } seconds ? Math.Round(seconds, 1) : null,
                }
            );
            return;
        }

        var share = total > 0 ? Math.Min(1, (double)done / total) : 0;
        var remaining = left is { } rest ? $"  {TimeSpan.FromSeconds(Math.Ceiling(rest)):hh\\:mm\\:ss} left" : "";
        var percent = $"{share * 100:0}".PadLeft(3);
        var text = $"{percent} %  {done:N0} of {total:N0} rows  {rate:N0}/s{remaining}";
        if (!terminal.Interactive)
        {
            terminal.Error.WriteLine($"{what}: {text.Trim()}");
            return;
        }

        var bar = new string('█', (int)(share * BarWidth)).PadRight(BarWidth, '░');
        var line = $"{what} {bar} {text}";
        terminal.Error.Write(
            $"\r{(line.Length >= terminal.Width ? line[..(terminal.Width - 1)] : line.PadRight(terminal.Width - 1))}"
        );
        terminal.Error.Flush();
        barShown = true;
    }

    private void Erase()
    {
        if (barShown)
            terminal.Error.Write($"\r{new string(' ', terminal.Width - 1)}\r");
        barShown = false;
    }

    private void Write(IdsEvent one) => terminal.Output.WriteLine(JsonSerializer.Serialize(one, IdsJson.Line.IdsEvent));
}
