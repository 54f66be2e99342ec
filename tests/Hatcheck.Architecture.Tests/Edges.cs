namespace Hatcheck.Architecture.Tests;

/// <summary>
/// The rooms of the server and their permitted edges, which are listed nowhere else. See
/// <see cref="Rooms"/>; the composition at the executable's root has the one list of capabilities.
/// </summary>
internal static class Edges
{
    /// <summary>The one file that names every capability.</summary>
    public const string List = "src/Hatcheck/Capabilities.cs";

    /// <summary>Every capability may use it, and it uses none.</summary>
    public static readonly string[] Foundations = ["Platform", "Providers", "Chains"];

    /// <summary>The demo composes capabilities; only the root and the command line use it.</summary>
    public static readonly string[] Compositions = ["Demo"];

    /// <summary>One entry per edge, with the reason.</summary>
    public static readonly IReadOnlyDictionary<string, string> Allowed = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["People -> Users"] = "its page of /users names what each operation does",
        ["People -> Usage"] = "its page of /users does too",
        ["People -> Preferences"] = "its page of /users does too",
        ["People -> Privacy"] = "its page of /users does too",
        ["People -> Profiles"] = "its page of /users does too",
        ["Usage -> Users"] = "an entry belongs to the person that a user id leads to, merges included",
        ["Access -> Users"] = "a person who signs in is a user, made if absent",
        ["Preferences -> Users"] = "they are a person's, merges included",
        ["Privacy -> Users"] = "export and erasure act on the whole set of merged users",
        ["Profiles -> Users"] = "a profile is a user's, and a user is shown with it",
        ["Webhooks -> Users"] = "a sign-in provider's events are about users, found by the issuer's subject",
        ["Webhooks -> Profiles"] = "with a profile",
        ["Profiles -> Privacy"] = "whose grace period is over is erased",
        ["Cli -> "] = "the frame of the command line takes verbs from the list of capabilities, and names none",
        ["Cli -> Demo"] = "demo is a verb",
        ["Cli -> Drill"] = "drill is a verb",
        ["Cli -> Ids"] = "ids is a verb",
        ["Demo -> Access"] = "the demo's bot gets a key of its own",
        ["Demo -> Cli"] = "its verbs are verbs like the others, and own their data folder like `serve`",
        ["Demo -> Hatcheck.Simulator"] = "the demo verb hosts the simulator and both bots in one process",
        ["Demo -> MusicBot"] = "the same",
        ["Drill -> Access"] = "it unwraps the keys that sign tokens for itself, since it shares no code with what it drills",
        ["Ids -> Hatcheck.Client"] =
            "a table's people are registered the way any program registers them: through the API, which need not be this "
            + "process's",
    };
}
