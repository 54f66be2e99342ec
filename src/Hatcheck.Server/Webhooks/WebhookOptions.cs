using System.ComponentModel.DataAnnotations;

namespace Hatcheck.Server.Webhooks;

/// <summary>Settings under <c>Webhooks</c>: whose webhooks are taken. None by default; a bad value stops the server at start.</summary>
internal sealed class WebhookOptions
{
    public const string Section = "Webhooks";

    /// <summary>How far a delivery's time may be from this node's clock, so that a recorded one can't be sent again later. Default 5 minutes; 30 s to 15 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:30", "00:15:00")]
    public TimeSpan Tolerance { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The end points for Clerk, each with the settings below.</summary>
    public IList<ClerkOptions> Clerk { get; set; } = [];
}

/// <summary>One end point for Clerk's webhooks, of one tenant.</summary>
internal sealed class ClerkOptions
{
    /// <summary>The end point's name in its address, <c>/webhooks/clerk/NAME</c>: 1 to 64 of <c>a-z 0-9 . _ -</c>.</summary>
    public string Name { get; set; } = "";

    /// <summary>What the issuer of the users' tokens is called under <c>SignIn</c>: who signs in is the user whom the webhook made. Default the end point's name. Frozen.</summary>
    public string? Issuer { get; set; }

    /// <summary>The id of the tenant whose users these are; <c>hatcheck tenants list</c> shows it.</summary>
    public Guid Tenant { get; set; }

    /// <summary>The signing secrets, <c>whsec_…</c>. Several are live at once, so that one can be rotated.</summary>
    public IList<string> Secrets { get; set; } = [];

    /// <summary>A file with them (a mounted secret), one a line, in place of <c>Secrets</c>. Read again when it changes: no restart.</summary>
    public string? SecretFile { get; set; }

    public string IssuerName => string.IsNullOrEmpty(Issuer) ? Name : Issuer;
}
