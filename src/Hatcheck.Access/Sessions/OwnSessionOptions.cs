using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Hatcheck.Access.Sessions;

/// <summary>How closely a session is bound to the address that it started from.</summary>
internal enum AddressBinding
{
    /// <summary>Not at all.</summary>
    Off,

    /// <summary>To the network: IPv4 /24, IPv6 /64.</summary>
    Network,

    /// <summary>To the exact address.</summary>
    Strict,
}

/// <summary>
/// Settings under <c>Sessions</c>: lifetime and address binding of own tokens and sessions; see docs/concepts/sessions.md.
/// </summary>
internal sealed class OwnSessionOptions
{
    public const string Section = "Sessions";

    /// <summary>How far the clocks of nodes may differ.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    /// <summary>
    /// <c>iss</c> and <c>aud</c> of own access tokens; must differ from every sign-in issuer. Changing it ends every
    /// access token, but not the sessions. Default <c>urn:hatcheck</c>.
    /// </summary>
    [Required(AllowEmptyStrings = false), StringLength(200)]
    public string Issuer { get; set; } = "urn:hatcheck";

    /// <summary>How long an access token is valid. Default 10 minutes; 1 minute to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "01:00:00")]
    public TimeSpan AccessTokenLife { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long a spent refresh token still returns its one successor, for a client that lost the answer or asked twice at
    /// once. Default 15 s; 0 to 1 minute.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan RefreshGrace { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>A user's session ends if it is not refreshed for this time. Default 30 days; 1 hour to 365 days.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "365.00:00:00")]
    public TimeSpan PersonIdle { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// A user's session ends this time after its start, however much it is used. Default 180 days; 1 hour to 1000 days.
    /// </summary>
    [Range(typeof(TimeSpan), "01:00:00", "1000.00:00:00")]
    public TimeSpan PersonLifetime { get; set; } = TimeSpan.FromDays(180);

    /// <summary>Like <see cref="PersonIdle"/>, for staff. Default 12 hours; 1 hour to 365 days.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "365.00:00:00")]
    public TimeSpan MemberIdle { get; set; } = TimeSpan.FromHours(12);

    /// <summary>Like <see cref="PersonLifetime"/>, for staff. Default 7 days; 1 hour to 1000 days.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "1000.00:00:00")]
    public TimeSpan MemberLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// What a user's session is bound to: <c>Off</c>, <c>Network</c> (IPv4 /24, IPv6 /64) or <c>Strict</c> (the address).
    /// Default Off: phones roam.
    /// </summary>
    public AddressBinding PersonAddress { get; set; } = AddressBinding.Off;

    /// <summary>Like <see cref="PersonAddress"/>, for staff. Default Network.</summary>
    public AddressBinding MemberAddress { get; set; } = AddressBinding.Network;

    /// <summary>
    /// The most active sessions of a user or member; one more ends the longest unused. Default 20; 1 to 100.
    /// </summary>
    [Range(1, 100)]
    public int Most { get; set; } = 20;

    /// <summary>
    /// How long a key signs access tokens. The next one is published an hour ahead. Default 30 days; 1 day to 365 days.
    /// </summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "365.00:00:00")]
    public TimeSpan SigningKeyLife { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How often a node deletes expired sessions and signing keys. Default 1 hour; 1 minute to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan PurgeInterval { get; set; } = TimeSpan.FromHours(1);

    public TimeSpan IdleOf(string kind) => kind == SessionRow.Member ? MemberIdle : PersonIdle;

    public TimeSpan LifetimeOf(string kind) => kind == SessionRow.Member ? MemberLifetime : PersonLifetime;

    public AddressBinding BindingOf(string kind) => kind == SessionRow.Member ? MemberAddress : PersonAddress;
}

/// <summary>Checks the rules between the options that attributes cannot express; reports every fault at once.</summary>
internal sealed class OwnSessionOptionsCheck : IValidateOptions<OwnSessionOptions>
{
    public ValidateOptionsResult Validate(string? name, OwnSessionOptions options)
    {
        var faults = new List<string>();
        if (options.PersonIdle > options.PersonLifetime)
            faults.Add(
                "Sessions:PersonIdle (Sessions__PersonIdle): it is longer than Sessions:PersonLifetime, so it "
                    + "would never take effect."
            );
        if (options.MemberIdle > options.MemberLifetime)
            faults.Add(
                "Sessions:MemberIdle (Sessions__MemberIdle): it is longer than Sessions:MemberLifetime, so it "
                    + "would never take effect."
            );
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
