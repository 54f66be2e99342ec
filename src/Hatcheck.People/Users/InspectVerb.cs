using System.CommandLine;
using System.Text.Json.Serialization;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.People.Users;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(InspectedUser))]
internal sealed partial class InspectJson : JsonSerializerContext;

internal static class InspectVerb
{
    /// <summary>Where a user's id comes from; shown with an invalid id.</summary>
    public const string IdSource = "`POST /users/resolve` returns it for a messenger's id, `GET /users` lists them";

    public static VerbGroup Of(IVerbHost host) =>
        new("users", [Inspect(host)])
        {
            Description =
                "Shows, deletes and restores users, and erases those whose grace period is over; shows a user's "
                + "data as a last resort.",
            Examples =
            [
                "hatcheck users show 6f1c…",
                "hatcheck users restore 6f1c… --tenant music",
                "hatcheck users inspect 6f1c… --tenant music --reason \"ticket 4711: asks why /exportdata is empty\"",
            ],
        };

    private static TenantVerb Inspect(IVerbHost host)
    {
        var user = Verb.Id("user", "a user's", IdSource);
        var reason = new Option<string>("--reason")
        {
            Description =
                "The reason, in 10 to 500 characters that others will understand. Stored sealed, for the user and "
                + "the auditors.",
            Required = true,
        };
        var verb = TenantVerb.WithOption(
            host,
            "inspect",
            "Break-glass: shows everything that is stored about a user, decrypted. The access is recorded with "
                + "the number of your account before anything is shown.",
            "hatcheck users inspect 6f1c2b9e-5f0e-4d53-9f0f-0f8f4a3a2f11 --tenant music --reason \"ticket 4711: asks why "
                + "/exportdata is empty\""
        );
        verb.Add(user);
        verb.Add(reason);
        verb.Does(
            async (run, stop) =>
            {
                var found = await run.Get<Inspection>()
                    .InspectAsync(run.Tenant.Id, run.Value(user), run.Value(reason), run.Terminal.Operator, stop);
                run.Line(found, InspectJson.Default.InspectedUser, string.Join('\n', Lines(found)));
                if (!run.Json)
                    run.Hint("This access was recorded.");
                return ExitCode.Ok;
            }
        );
        return verb;
    }

    private static IEnumerable<string> Lines(InspectedUser found)
    {
        yield return $"user {found.Id}, created {found.CreatedAt:u}";
        foreach (var (name, entries) in found.Sections)
        {
            yield return $"{name}: {entries.Count}";
            foreach (var entry in entries)
                yield return $"  {entry.GetRawText()}";
        }
    }
}
