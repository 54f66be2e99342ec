using System.Globalization;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.People.Users.Rotation;

/// <summary>
/// Shows a rehash's progress: a bar on a terminal, a line every few seconds elsewhere. It uses standard error, so that
/// results stay readable.
/// </summary>
internal sealed class RehashMeter(Terminal terminal, TimeProvider time)
{
    private const int BarWidth = 24;
    private static readonly TimeSpan BarPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LinePause = TimeSpan.FromSeconds(5);
    private readonly long start = time.GetTimestamp();
    private long? shown;
    private RehashProgress last = new(0, 0);

    public void Show(RehashProgress progress)
    {
        last = progress;
        if (shown is { } before && time.GetElapsedTime(before) < (terminal.Interactive ? BarPause : LinePause))
            return;
        shown = time.GetTimestamp();
        Write();
    }

    /// <summary>Shows the last state in any case.</summary>
    public void End()
    {
        Write();
        if (terminal.Interactive)
            terminal.Error.WriteLine();
    }

    private void Write()
    {
        var text = Text(last, time.GetElapsedTime(start));
        if (!terminal.Interactive)
        {
            terminal.Error.WriteLine(text);
            return;
        }

        var all = last.Done + last.Left;
        var full = all == 0 ? BarWidth : (int)(BarWidth * last.Done / all);
        // Spaces overwrite a longer line before.
        terminal.Error.Write($"\r[{new string('#', full)}{new string('-', BarWidth - full)}] {text}    ");
        terminal.Error.Flush();
    }

    /// <summary>For example <c>4,000 of 10,000 rehashed, 2,000/s, 3 s left</c>.</summary>
    public static string Text(RehashProgress progress, TimeSpan elapsed)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{progress.Done:N0} of {progress.Done + progress.Left:N0} rehashed"
        );
        var rate = elapsed > TimeSpan.Zero ? progress.Done / elapsed.TotalSeconds : 0;
        if (rate < 1)
            return text;
        text += string.Create(CultureInfo.InvariantCulture, $", {rate:N0}/s");
        return progress.Left == 0
            ? text
            : text + string.Create(CultureInfo.InvariantCulture, $", {Math.Ceiling(progress.Left / rate):N0} s left");
    }
}
