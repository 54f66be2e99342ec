using Hatcheck.Access.TelegramLogin;
using Hatcheck.Platform;

namespace Hatcheck.Access.Sessions;

/// <summary>The parts of own tokens and sessions.</summary>
internal static class SessionSetup
{
    /// <summary>What the CLI needs too.</summary>
    public static IServiceCollection AddSessions(this IServiceCollection services)
    {
        return services.AddSingleton<SigningKeys>();
    }

    public static IServiceCollection AddSignedInSessions(this IServiceCollection services)
    {
        return services
            .AddSingleton<AccessTokens>()
            .AddSingleton<SessionStart>()
            .AddSingleton<RefreshTokens>()
            .AddSingleton<SessionLists>()
            .AddSingleton<SessionEvents>()
            .AddSingleton<LoginBots>()
            .AddSingleton<TelegramSignIn>();
    }

    /// <summary>Ends the start where an issuer says of itself what own tokens say: nobody could tell them apart.</summary>
    /// <exception cref="OperatorException">One does.</exception>
    public static void EnsureOwnIssuer(OwnSessionOptions sessions, SignIn.TrustedIssuers issuers)
    {
        if (issuers.All.FirstOrDefault(issuer => issuer.Issuer == sessions.Issuer) is { } same)
            throw new OperatorException(
                $"Sessions:Issuer is the issuer of {same.Options.Name} too. Give own tokens another one."
            );
    }
}
