namespace Hatcheck.Platform.Http.Requests;

/// <summary>The faults of a request by member; only the first of each counts.</summary>
internal sealed class RequestFaults
{
    private readonly Dictionary<string, string[]> byField = new(StringComparer.Ordinal);

    private bool unreadable;

    public bool Any => byField.Count > 0;

    public void Add(string field, string form) => byField.TryAdd(field, [form]);

    /// <summary>Adds a parameter's own faults. If one parameter can't be read at all, the whole response is 400.</summary>
    public void Add(Problem problem)
    {
        unreadable |= problem.Status == StatusCodes.Status400BadRequest;
        foreach (var (field, forms) in problem.Errors!)
            Add(field, forms[0]);
    }

    /// <summary>Adds what is allowed, unless the condition holds.</summary>
    public void Require(bool holds, string field, string form)
    {
        if (!holds)
            Add(field, form);
    }

    /// <summary>Returns all faults in one problem; null if there are none.</summary>
    public Problem? ToProblem() =>
        !Any ? null
        : unreadable ? Problems.Malformed(byField)
        : Problems.Invalid(byField);

    /// <summary>Returns the fault of one member; null if there is none.</summary>
    public Problem? Of(string field) => byField.TryGetValue(field, out var forms) ? Problems.Invalid(field, forms[0]) : null;
}
