using Hatcheck.Contracts;

namespace Hatcheck.Platform.Http;

/// <summary>Problems that Platform returns itself, or that several capabilities share.</summary>
internal static class PlatformProblems
{
    public static readonly IReadOnlyList<ProblemKind> Declared =
    [
        new(ProblemCodes.Malformed, null, "The request can't be read."),
        new(ProblemCodes.Invalid, 422, "A value is not accepted."),
        new(ProblemCodes.TooLarge, 413, "The body is too large."),
        new(ProblemCodes.UnsupportedMedia, 415, "The body is not JSON in UTF-8."),
        new(ProblemCodes.NoSuchEndpoint, 404, "There is no such endpoint."),
        new(ProblemCodes.MethodNotAllowed, 405, "The endpoint does not take this method."),
        new(ProblemCodes.Plaintext, 403, "The request was readable on its way."),
        new(ProblemCodes.Unauthenticated, 401, "The request has no live API key or token."),
        new(ProblemCodes.MissingScope, 403, "The caller lacks a permission."),
        new(ProblemCodes.IssuerAway, 503, "The token can't be checked now."),
        new(ProblemCodes.RateLimited, 429, "More requests than a limit allows."),
        new(ProblemCodes.TooManyFailures, 429, "Too many failed sign-ins."),
        new(ProblemCodes.UserNotFound, 404, "There is no such user."),
        new(ProblemCodes.UserErased, 410, "The user was erased."),
        new(ProblemCodes.UserDeleted, 410, "The user was deleted, and may still be restored."),
        new(ProblemCodes.IdempotencyMismatch, 422, "The Idempotency-Key was used for another request."),
        new(ProblemCodes.DatabaseUnavailable, 503, "The database does not answer now."),
        new(ProblemCodes.StorageFull, 503, "The disk is full."),
        new(ProblemCodes.Internal, 500, "The server failed."),
    ];
}
