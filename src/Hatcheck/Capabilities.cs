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

/// <summary>Lists the capabilities of this server: the one place outside its folder that names a capability.</summary>
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
