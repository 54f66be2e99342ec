namespace Hatcheck.Platform.Http.Requests;

/// <summary>What is wrong with a request, member by member; the first fault of each counts.</summary>
internal sealed class RequestFaults
{
    private readonly Dictionary<string, string[]> byField = new(StringComparer.Ordinal);

    private bool unreadable;

    public bool Any => byField.Count > 0;

    public void Add(string field, string form) => byField.TryAdd(field, [form]);

    /// <summary>
    /// Those that a parameter knows of itself. Where one can't be read at all, that is what the answer says of them all.
    /// </summary>
    public void Add(Problem problem)
    {
        unreadable |= problem.Status == StatusCodes.Status400BadRequest;
        foreach (var (field, forms) in problem.Errors!)
            Add(field, forms[0]);
    }

    /// <summary>Says what the member may be, if it is not that.</summary>
    public void Require(bool holds, string field, string form)
    {
        if (!holds)
            Add(field, form);
    }

    /// <summary>All of them in one answer; null if there is none.</summary>
    public Problem? ToProblem() =>
        !Any ? null
        : unreadable ? Problems.Malformed(byField)
        : Problems.Invalid(byField);

    /// <summary>That of one member alone; null if there is none.</summary>
    public Problem? Of(string field) => byField.TryGetValue(field, out var forms) ? Problems.Invalid(field, forms[0]) : null;
}
