using Hatcheck.Access;
using Hatcheck.Access.Webhooks;
using Hatcheck.People;
using Hatcheck.People.Preferences;
using Hatcheck.People.Privacy;
using Hatcheck.People.Profiles;
using Hatcheck.People.Usage;
using Hatcheck.People.Users;
using Hatcheck.Platform;

namespace Hatcheck;

/// <summary>Everything that this server can do: the one place where a capability is named outside its folder.</summary>
internal static class Capabilities
{
    public static IReadOnlyList<Capability> All { get; } =
    [
        new PlatformCapability(),
        new AccessCapability(),
        new PeopleCapability(),
        new UsersCapability(),
        new UsageCapability(),
        new PreferencesCapability(),
        new PrivacyCapability(),
        new ProfilesCapability(),
        new WebhooksCapability(),
    ];
}
