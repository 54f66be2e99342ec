namespace Hatcheck.Platform.Verbs;

/// <summary>
/// Verbs of one subject, such as <c>users</c>. Several capabilities may bring verbs of one group; one of them says what the
/// group is for.
/// </summary>
internal sealed record VerbGroup(string Name, IReadOnlyList<Verb> Verbs)
{
    /// <summary>A sentence for the help; null where another capability gives it.</summary>
    public string? Says { get; init; }

    public IReadOnlyList<string> Examples { get; init; } = [];
}
