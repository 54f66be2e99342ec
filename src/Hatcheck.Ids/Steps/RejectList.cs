using Hatcheck.Ids.Catalogue;
using Hatcheck.Ids.State;
using Hatcheck.Platform;

namespace Hatcheck.Ids.Steps;

/// <summary>
/// The rejected rows as a CSV file of mode 0600: table, column, row, reason; never the value. Without a file it only counts.
/// </summary>
internal sealed class RejectList : IDisposable
{
    private readonly string? path;
    private StreamWriter? file;

    public RejectList(string? path)
    {
        this.path = path;
        // Fails before the work, not after it.
        if (path is not null)
            Restart();
    }

    public long Count { get; private set; }

    /// <summary>Reasons with their counts.</summary>
    public SortedDictionary<string, long> Reasons { get; } = new(StringComparer.Ordinal);

    /// <summary>Starts again: the last catch-up sees all remaining rows.</summary>
    public void Restart()
    {
        Count = 0;
        Reasons.Clear();
        if (path is null)
            return;
        file?.Dispose();
        try
        {
            File.Delete(path);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            file = new StreamWriter(path, options);
            file.WriteLine("table,column,row,reason");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new OperatorException($"The file for rejects, {path}, can't be created: {fault.Message}");
        }
    }

    public void Add(Site site, IReadOnlyList<Reject> rejects)
    {
        foreach (var one in rejects)
        {
            Count++;
            Reasons[one.Reason] = Reasons.GetValueOrDefault(one.Reason) + 1;
            file?.WriteLine(string.Join(',', Cell(site.Table.ToString()), Cell(site.Column), Cell(one.Row), Cell(one.Reason)));
        }
    }

    public void Close()
    {
        file?.Dispose();
        file = null;
    }

    public void Dispose() => Close();

    // An apostrophe keeps a spreadsheet from running a cell as a formula.
    private static string Cell(string text)
    {
        if (text is ['=' or '+' or '-' or '@', ..])
            text = $"'{text}";
        return text.AsSpan().IndexOfAny(",\"\n\r") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
