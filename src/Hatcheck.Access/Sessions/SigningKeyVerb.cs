using Hatcheck.Platform.Verbs;

namespace Hatcheck.Access.Sessions;

internal static class SigningKeyVerb
{
    public static VerbGroup Of(IVerbHost host)
    {
        var verb = new DatabaseVerb(
            host,
            "rotate-signing",
            "For emergencies: deletes every key that signs access tokens and creates a new one. Existing access tokens are "
                + "refused at once, on every node; clients refresh and continue. Normally keys rotate by themselves.",
            "hatcheck keys rotate-signing"
        );
        verb.Does(
            async (run, stop) =>
            {
                var key = await run.Get<SigningKeys>().ReplaceAsync(run.Terminal.Operator, stop);
                return run.Line(
                    new ReplacedSigningKey($"{key}"),
                    AccessVerbJson.Default.ReplacedSigningKey,
                    $"Access tokens are signed by {key} from now on; those of older keys are refused."
                );
            }
        );
        return new VerbGroup("keys", [verb]);
    }
}
