namespace Hatcheck.Server.Platform.Http.Requests;

/// <summary>What is wrong with a request, member by member; the first fault of each counts.</summary>
internal sealed class RequestFaults
{
    private readonly Dictionary<string, string[]> byField = new(StringComparer.Ordinal);

    public bool Any => byField.Count > 0;

    /// <summary>Whether this member, or a part of it, has a fault.</summary>
    public bool Has(string field) => byField.ContainsKey(field) || byField.Keys.Any(name => name.StartsWith(field + ".", StringComparison.Ordinal));

    public void Add(string field, string form) => byField.TryAdd(field, [form]);

    /// <summary>Says what the member may be, if it is not that.</summary>
    public void Require(bool holds, string field, string form)
    {
        if (!holds) Add(field, form);
    }

    /// <summary>All of them in one answer; null if there is none.</summary>
    public Problem? ToProblem() => Any ? Problems.Invalid(byField) : null;

    /// <summary>That of one member alone; null if there is none.</summary>
    public Problem? Of(string field) => byField.TryGetValue(field, out var forms) ? Problems.Invalid(field, forms[0]) : null;
}
