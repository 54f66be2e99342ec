using System.ComponentModel.DataAnnotations;
using Hatcheck.Platform.Http;
using Microsoft.Extensions.Options;

namespace Hatcheck.Access.Webhooks;

/// <summary>
/// Settings under <c>Webhooks</c>: endpoints that receive webhooks. None by default; an invalid value stops the server at
/// start.
/// </summary>
internal sealed class WebhookOptions
{
    public const string Section = "Webhooks";

    /// <summary>
    /// How far a delivery's time may be from this node's clock, which prevents later replays. Default 5 minutes; 30 s to
    /// 15 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:30", "00:15:00")]
    public TimeSpan Tolerance { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The endpoints for Clerk, each with the settings below.</summary>
    public IList<ClerkOptions> Clerk { get; set; } = [];
}

/// <summary>One endpoint for Clerk's webhooks, of one tenant.</summary>
internal sealed class ClerkOptions
{
    /// <summary>The endpoint's name in its address, <c>/webhooks/clerk/NAME</c>: 1 to 64 of <c>a-z 0-9 . _ -</c>.</summary>
    public string Name { get; set; } = "";

    /// <summary>
    /// The name under <c>SignIn</c> of the issuer of the users' tokens, so that users sign in as the ones created by the
    /// webhook. Default the endpoint's name. Frozen.
    /// </summary>
    public string? Issuer { get; set; }

    /// <summary>The id of the tenant whose users these are; <c>hatcheck tenants list</c> shows it.</summary>
    public Guid Tenant { get; set; }

    /// <summary>The signing secrets, <c>whsec_…</c>. Several can be live at once, for rotation.</summary>
    public IList<string> Secrets { get; set; } = [];

    /// <summary>
    /// A file with the secrets (a mounted secret), one per line, in place of <c>Secrets</c>. Read again when it changes,
    /// without a restart.
    /// </summary>
    public string? SecretFile { get; set; }

    public string IssuerName => string.IsNullOrEmpty(Issuer) ? Name : Issuer;
}

/// <summary>
/// Reports every fault of the endpoints at once, each with the setting's name and the remedy. Values are never repeated.
/// </summary>
internal sealed class WebhookOptionsCheck : IValidateOptions<WebhookOptions>
{
    public ValidateOptionsResult Validate(string? name, WebhookOptions options)
    {
        var faults = options.Clerk.SelectMany(Faults).ToList();
        var names = options
            .Clerk.Select((endpoint, index) => (endpoint.Name, Index: index))
            .GroupBy(endpoint => endpoint.Name, StringComparer.Ordinal);
        faults.AddRange(
            names
                .Where(group => group.Key.Length > 0 && group.Count() > 1)
                .Select(group => Fault(group.Last().Index, nameof(ClerkOptions.Name), "another endpoint has this name."))
        );
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> Faults(ClerkOptions endpoint, int index)
    {
        if (!BoundedText.IsCode(endpoint.Name))
            yield return Fault(index, nameof(endpoint.Name), "1 to 64 of a-z 0-9 . _ -");
        if (!BoundedText.IsCode(endpoint.IssuerName) && BoundedText.IsCode(endpoint.Name))
            yield return Fault(index, nameof(endpoint.Issuer), "1 to 64 of a-z 0-9 . _ -");
        if (endpoint.Tenant == Guid.Empty)
            yield return Fault(index, nameof(endpoint.Tenant), "it is missing: the tenant's id, from `hatcheck tenants list`.");
        var inFile = !string.IsNullOrEmpty(endpoint.SecretFile);
        if (inFile == endpoint.Secrets.Count > 0)
        {
            const string Either = "give either SecretFile or Secrets: the signing secrets that Clerk's dashboard shows.";
            yield return Fault(index, nameof(endpoint.SecretFile), Either);
        }
        else if (SigningSecrets.Read(endpoint) is null)
        {
            yield return Fault(
                index,
                inFile ? nameof(endpoint.SecretFile) : nameof(endpoint.Secrets),
                "1 to 10 readable secrets, each whsec_ and 24 to 64 bytes in base64, as Clerk's dashboard shows them."
            );
        }
    }

    private static string Fault(int index, string setting, string words) =>
        $"{WebhookOptions.Section}:Clerk:{index}:{setting} ({WebhookOptions.Section}__Clerk__{index}__{setting}): {words}";
}
