namespace Hatcheck.Simulator.Text;

/// <summary>The result of reading mark-up.</summary>
internal abstract record MarkupResult
{
    public sealed record Read(FormattedText Text) : MarkupResult;

    /// <summary>In Telegram's words, without the "can't parse entities" before them.</summary>
    public sealed record Faulty(string Why) : MarkupResult;
}
