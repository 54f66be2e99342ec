namespace Hatcheck.Server.Platform.Http;

/// <summary>Of an end point that has no caller: the delivery's own signature, which the end point checks, is what lets it in.</summary>
internal sealed class SignedByWebhook
{
    public static readonly SignedByWebhook Instance = new();
}
