using System.Diagnostics;
using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Limits;

namespace Hatcheck.Access.Sessions;

/// <summary>Why a session was not started, extended or ended.</summary>
internal abstract record SessionRefusal : Refusal
{
    private SessionRefusal() { }

    /// <summary>Whether the credential was forged, which counts as a failed sign-in.</summary>
    public virtual bool IsForged => false;

    /// <summary>No bot in the settings has this name.</summary>
    internal sealed record NoSuchBot : SessionRefusal;

    /// <summary>
    /// Telegram did not sign the data for this bot, or it is too old, or names no one, or the user was deleted.
    /// </summary>
    internal sealed record LoginData(bool Forged) : SessionRefusal
    {
        public override bool IsForged => Forged;
    }

    /// <summary>The refresh token belongs to no active session: never issued, expired, ended or spent.</summary>
    internal sealed record RefreshToken(bool Forged) : SessionRefusal
    {
        public override bool IsForged => Forged;
    }

    /// <summary>The user or member was removed since their token was verified.</summary>
    internal sealed record CallerGone : SessionRefusal;

    internal sealed record NoSuchSession : SessionRefusal;

    // All refresh tokens share one answer, and so does all login data: a guesser learns nothing.
    public override Problem ToProblem() =>
        this switch
        {
            NoSuchBot => Problems.Invalid("bot", "The name of a bot in this server's settings (TelegramLogin:Bots)."),
            LoginData => new Problem(
                StatusCodes.Status401Unauthorized,
                ProblemCodes.LoginData,
                "Telegram did not sign this data for this bot, or it is too old, or the user was deleted. Start "
                    + "the login again."
            ),
            RefreshToken => new Problem(
                StatusCodes.Status401Unauthorized,
                ProblemCodes.RefreshToken,
                "The refresh token belongs to no active session. Sign in again."
            ),
            CallerGone => Problems.Unauthenticated(),
            NoSuchSession => Problems.NotFound(ProblemCodes.SessionNotFound, "There is no such active session."),
            _ => throw new UnreachableException(),
        };
}

/// <summary>Counts forged sign-ins.</summary>
internal static class ForgedSignIns
{
    /// <summary>Counts a failed sign-in if the request's credential was forged.</summary>
    public static Outcome<T> Count<T>(this FailedSignIns failed, Outcome<T> outcome, HttpContext context)
    {
        if (outcome.Refusal is SessionRefusal { IsForged: true })
            failed.Failed(context);
        return outcome;
    }
}
