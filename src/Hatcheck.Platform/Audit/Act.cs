namespace Hatcheck.Platform.Audit;

/// <summary>An act that the audit log records, as its capability declares it.</summary>
/// <param name="Name">A thing and a verb, such as <c>user.update</c>. Frozen: existing entries keep it.</param>
/// <param name="Description">
/// A sentence. Users see those of personal acts, which address them, such as "Your profile was changed."
/// </param>
/// <param name="IsPersonal">Whether an entry may name a user. Entries of other acts never do.</param>
internal sealed record Act(string Name, string Description, bool IsPersonal);
