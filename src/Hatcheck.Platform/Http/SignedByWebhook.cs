namespace Hatcheck.Platform.Http;

/// <summary>
/// Of an endpoint that has no caller: the delivery's own signature, which the endpoint checks, is what lets it in.
/// </summary>
/// <param name="example">A body, for the document: its form is the sender's, and not checked member by member.</param>
internal sealed class SignedByWebhook(string example)
{
    public string Example => example;
}
