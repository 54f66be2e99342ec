namespace Hatcheck.Platform.Http;

/// <summary>
/// A kind of error, declared by the capability that answers it; one that several answer is declared by the platform.
/// </summary>
/// <param name="Code">Stable, of <see cref="Contracts.ProblemCodes"/>.</param>
/// <param name="Status">The HTTP status; null if it is not always the same.</param>
/// <param name="Title">What the code means, in a sentence; docs/reference/errors.md says more.</param>
internal sealed record ProblemKind(string Code, int? Status, string Title);
