namespace Hatcheck.Platform.Audit;

/// <summary>Something that is recorded when it is done, as its capability declares it.</summary>
/// <param name="Name">A thing and a deed, such as <c>user.update</c>. Frozen: entries that are there keep it.</param>
/// <param name="Says">A sentence. Users see those of personal acts, which speak to them, as "Your profile was changed."</param>
/// <param name="IsPersonal">An entry of it may name a user. Entries of other acts never do.</param>
internal sealed record Act(string Name, string Says, bool IsPersonal);
