namespace Hatcheck.Platform.Http;

/// <summary>
/// Marks an endpoint without a caller, which authenticates by the delivery's own signature and checks it itself.
/// </summary>
/// <param name="example">
/// An example body for the document. The sender defines its form, so members are not checked one by one.
/// </param>
internal sealed class SignedByWebhook(string example)
{
    public string Example => example;
}
