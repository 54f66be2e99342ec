namespace Hatcheck.Platform.Http;

/// <summary>
/// A kind of error, declared by the capability that returns it; one shared by several is declared by Platform.
/// </summary>
/// <param name="Code">Stable, of <see cref="Contracts.ProblemCodes"/>.</param>
/// <param name="Status">The HTTP status; null if it varies.</param>
/// <param name="Title">The meaning of the code, as a sentence; docs/reference/errors.md has more.</param>
internal sealed record ProblemKind(string Code, int? Status, string Title);
