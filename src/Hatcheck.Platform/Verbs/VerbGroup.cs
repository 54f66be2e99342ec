namespace Hatcheck.Platform.Verbs;

/// <summary>
/// Verbs of one subject, such as <c>users</c>. Several capabilities may add verbs to a group; one of them describes it.
/// </summary>
internal sealed record VerbGroup(string Name, IReadOnlyList<Verb> Verbs)
{
    /// <summary>A sentence for the help; null where another capability sets it.</summary>
    public string? Description { get; init; }

    public IReadOnlyList<string> Examples { get; init; } = [];
}
