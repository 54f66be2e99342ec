using Hatcheck.Server.Access;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Preferences;
using Hatcheck.Server.Privacy;
using Hatcheck.Server.Profiles;
using Hatcheck.Server.Usage;
using Hatcheck.Server.Users;
using Hatcheck.Server.Webhooks;

namespace Hatcheck.Server;

/// <summary>Everything that this server can do: the one place where a capability is named outside its folder.</summary>
internal static class Capabilities
{
    public static IReadOnlyList<Capability> All { get; } =
    [
        new PlatformCapability(),
        new AccessCapability(),
        new UsersCapability(),
        new UsageCapability(),
        new PreferencesCapability(),
        new PrivacyCapability(),
        new ProfilesCapability(),
        new WebhooksCapability(),
    ];
}
