namespace Hatcheck.Platform.Storage;

/// <summary>
/// The columns of a select, each written once with its expression and the name its reader uses. The ordinal is computed
/// when the class is loaded, so reading a row costs as little as reading by number.
/// </summary>
/// <param name="before">Columns that come first in the same select.</param>
internal sealed class Columns(Columns? before = null)
{
    private readonly List<string> expressions = [];

    private int First => before is null ? 0 : before.First + before.expressions.Count;

    /// <summary>Adds a column, such as <c>s.user_id</c>, and returns its ordinal in the row.</summary>
    public Field Add(string expression)
    {
        expressions.Add(expression);
        return Field.At(First + expressions.Count - 1);
    }

    /// <summary>The list after <c>select</c>.</summary>
    public override string ToString() =>
        before is null ? string.Join(", ", expressions) : $"{before}, {string.Join(", ", expressions)}";
}
