namespace Hatcheck.Platform.Storage;

/// <summary>
/// The columns of a select, each written once: what it selects, and under which name its reader finds it. The place is
/// worked out when the class is loaded, so reading a row costs what reading by number costs.
/// </summary>
/// <param name="before">Columns of the same select that come first.</param>
internal sealed class Columns(Columns? before = null)
{
    private readonly List<string> expressions = [];

    private int First => before is null ? 0 : before.First + before.expressions.Count;

    /// <summary>Adds a column, such as <c>s.user_id</c>, and gives its place in the row.</summary>
    public Field Add(string expression)
    {
        expressions.Add(expression);
        return Field.At(First + expressions.Count - 1);
    }

    /// <summary>As they stand after <c>select</c>.</summary>
    public override string ToString() =>
        before is null ? string.Join(", ", expressions) : $"{before}, {string.Join(", ", expressions)}";
}
