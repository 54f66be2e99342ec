using Hatcheck.Access.Callers;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Limits;

namespace Hatcheck.Access.SignIn;

/// <summary>
/// Identifies users and members by the token of an issuer in the settings. The settings, never the token, determine the
/// tenant and whether the token is for users or members. Each request checks its token; none is kept or logged.
/// </summary>
internal sealed class SignInCallers(TrustedIssuers issuers, ExternalPersons persons, MemberCallers members) : IBearerCallers
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    public bool Takes(string token) => TokenText.LooksLikeOne(token);

    public async Task<Caller?> FindAsync(string token, HttpContext context)
    {
        if (!TokenText.TryRead(token, out var read))
            return null;
        foreach (var issuer in issuers.All.Where(issuer => issuer.Issuer == read.Issuer))
        {
            switch (await issuer.CheckAsync(read, context.RequestAborted))
            {
                case TokenCheck.Good good:
                    // Clears the problem of an issuer with the same iss whose keys were unavailable.
                    context.Features.Set<Problem>(null);
                    return issuer.Options.For == "members"
                        ? await members.FindAsync(
                            issuer.Options.Tenant,
                            issuer.Options.Name,
                            good.Subject,
                            context.RequestAborted
                        )
                        : await persons.FindAsync(
                            issuer.Options.Tenant,
                            issuer.Channel,
                            good.Subject,
                            issuer.Options.CreateUsers,
                            context.RequestAborted
                        );
                case TokenCheck.CannotTell:
                    context.Features.Set(Problems.IssuerAway(RetryAfter));
                    context.Features.Set(NoGuess.Instance);
                    break;
                case TokenCheck.NotNow:
                    context.Features.Set(NoGuess.Instance);
                    break;
            }
        }

        return null;
    }
}
