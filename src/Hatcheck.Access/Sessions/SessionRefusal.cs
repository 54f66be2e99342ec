using System.Diagnostics;
using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Limits;

namespace Hatcheck.Access.Sessions;

/// <summary>Why a session was not begun, prolonged or ended.</summary>
internal abstract record SessionRefusal : Refusal
{
    private SessionRefusal() { }

    /// <summary>The caller made up what they brought: it counts as a failed sign-in.</summary>
    public virtual bool IsForged => false;

    /// <summary>No bot of the settings has the name.</summary>
    internal sealed record NoSuchBot : SessionRefusal;

    /// <summary>
    /// Telegram did not sign the data for this bot, or it is too old, or names no one, or the person was deleted.
    /// </summary>
    internal sealed record LoginData(bool Forged) : SessionRefusal
    {
        public override bool IsForged => Forged;
    }

    /// <summary>The refresh token opens no session: never issued, expired, ended or spent.</summary>
    internal sealed record RefreshToken(bool Forged) : SessionRefusal
    {
        public override bool IsForged => Forged;
    }

    /// <summary>The person or member was removed since their token was checked.</summary>
    internal sealed record CallerGone : SessionRefusal;

    internal sealed record NoSuchSession : SessionRefusal;

    // One answer for all refresh tokens and one for all login data: it tells a guesser nothing.
    public override Problem ToProblem() =>
        this switch
        {
            NoSuchBot => Problems.Invalid("bot", "The name of a bot in this server's settings (TelegramLogin:Bots)."),
            LoginData => new Problem(
                StatusCodes.Status401Unauthorized,
                ProblemCodes.LoginData,
                "Telegram did not sign this data for this bot, or it is too old, or the person was deleted. "
                    + "Open the login once more."
            ),
            RefreshToken => new Problem(
                StatusCodes.Status401Unauthorized,
                ProblemCodes.RefreshToken,
                "The refresh token opens no session, or none any more. Sign in again."
            ),
            CallerGone => Problems.Unauthenticated(),
            NoSuchSession => Problems.NotFound(ProblemCodes.SessionNotFound, "There is no such living session."),
            _ => throw new UnreachableException(),
        };
}

/// <summary>Counts what was made up.</summary>
internal static class ForgedSignIns
{
    /// <summary>Notes a failed sign-in if the request brought something that was made up.</summary>
    public static Outcome<T> Count<T>(this FailedSignIns failed, Outcome<T> outcome, HttpContext context)
    {
        if (outcome.Refusal is SessionRefusal { IsForged: true })
            failed.Failed(context);
        return outcome;
    }
}
