using Hatcheck.Server.Platform.Http;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Webhooks;

/// <summary>What is wrong with the end points: every fault at once, each with the setting's name and what to do. A value is never repeated.</summary>
internal sealed class WebhookOptionsCheck : IValidateOptions<WebhookOptions>
{
    public ValidateOptionsResult Validate(string? name, WebhookOptions options)
    {
        var faults = options.Clerk.SelectMany(Faults).ToList();
        var names = options.Clerk.Select((endpoint, index) => (endpoint.Name, Index: index)).GroupBy(endpoint => endpoint.Name, StringComparer.Ordinal);
        faults.AddRange(names.Where(group => group.Key.Length > 0 && group.Count() > 1).Select(group => Fault(group.Last().Index, nameof(ClerkOptions.Name), "another end point has this name.")));
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> Faults(ClerkOptions endpoint, int index)
    {
        if (!BoundedText.IsCode(endpoint.Name)) yield return Fault(index, nameof(endpoint.Name), "1 to 64 of a-z 0-9 . _ -");
        if (!BoundedText.IsCode(endpoint.IssuerName) && BoundedText.IsCode(endpoint.Name)) yield return Fault(index, nameof(endpoint.Issuer), "1 to 64 of a-z 0-9 . _ -");
        if (endpoint.Tenant == Guid.Empty) yield return Fault(index, nameof(endpoint.Tenant), "it is missing: the tenant's id, from `hatcheck tenants list`.");
        var inFile = !string.IsNullOrEmpty(endpoint.SecretFile);
        if (inFile == endpoint.Secrets.Count > 0) yield return Fault(index, nameof(endpoint.SecretFile), "give either SecretFile or Secrets: the signing secrets that Clerk's dashboard shows.");
        else if (SigningSecrets.Read(endpoint) is null)
            yield return Fault(index, inFile ? nameof(endpoint.SecretFile) : nameof(endpoint.Secrets), "1 to 10 secrets that can be read, each whsec_ and 24 to 64 bytes in base64, as Clerk's dashboard shows them.");
    }

    private static string Fault(int index, string setting, string words) =>
        $"{WebhookOptions.Section}:Clerk:{index}:{setting} ({WebhookOptions.Section}__Clerk__{index}__{setting}): {words}";
}
