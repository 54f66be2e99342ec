namespace Hatcheck.Bots.Routing;

/// <summary>The runtime's own answers to people.</summary>
internal static class Sentences
{
    public const string HatcheckDown = "Sorry, I can't reach my storage right now. Please try again in a few minutes.";
    public const string Fault = "Sorry, something went wrong on my side. Please try again later.";
    public const string DeadButton = "This button no longer works.";

    public static string Wrong(string what, string usage) => $"{what}\nUse it like this: {usage}";
}
