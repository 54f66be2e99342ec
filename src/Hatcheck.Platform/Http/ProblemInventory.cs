using System.Collections.Frozen;

namespace Hatcheck.Platform.Http;

/// <summary>Every kind of error that the installation returns, gathered from the capabilities' declarations.</summary>
internal sealed class ProblemInventory
{
    private readonly FrozenDictionary<string, ProblemKind> byCode;

    /// <summary>Gathers the declared kinds.</summary>
    /// <param name="declared">In any order.</param>
    /// <exception cref="InvalidOperationException">
    /// Two kinds share a code, or a title is not a sentence; the message lists every fault.
    /// </exception>
    public ProblemInventory(IEnumerable<ProblemKind> declared)
    {
        var kinds = declared.ToList();
        var faults = kinds
            .GroupBy(kind => kind.Code, StringComparer.Ordinal)
            .Where(group => group.Skip(1).Any())
            .Select(group => $"{group.Key}: declared twice.")
            .Concat(kinds.Where(kind => !IsSentence(kind.Title)).Select(kind => $"{kind.Code}: its title is not a sentence."))
            .ToList();
        if (faults.Count > 0)
            throw new InvalidOperationException($"The problems are not declared in full:\n{string.Join('\n', faults)}");
        byCode = kinds.ToFrozenDictionary(kind => kind.Code, StringComparer.Ordinal);
    }

    public IReadOnlyCollection<ProblemKind> All => byCode.Values;

    /// <summary>Returns the meaning of a code.</summary>
    /// <exception cref="KeyNotFoundException">No capability declares it.</exception>
    public string TitleOf(string code) => byCode[code].Title;

    private static bool IsSentence(string title) => title is [var first, .., '.'] && char.IsUpper(first);
}
