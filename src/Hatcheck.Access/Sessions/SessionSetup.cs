using Hatcheck.Access.TelegramLogin;
using Hatcheck.Platform;

namespace Hatcheck.Access.Sessions;

/// <summary>Registers the services of own tokens and sessions.</summary>
internal static class SessionSetup
{
    /// <summary>Services that the CLI needs too.</summary>
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

    /// <summary>
    /// Stops the start if a sign-in issuer has the same name as own tokens, since the two could not be told apart.
    /// </summary>
    /// <exception cref="OperatorException">An issuer has the same name.</exception>
    public static void EnsureOwnIssuer(OwnSessionOptions sessions, SignIn.TrustedIssuers issuers)
    {
        if (issuers.All.FirstOrDefault(issuer => issuer.Issuer == sessions.Issuer) is { } same)
            throw new OperatorException(
                $"Sessions:Issuer is also the issuer of {same.Options.Name}. Choose another one for own tokens."
            );
    }
}
