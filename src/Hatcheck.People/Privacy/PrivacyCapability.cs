using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Outbox;

namespace Hatcheck.People.Privacy;

/// <summary>Export and erasure of a user's stored data.</summary>
internal sealed class PrivacyCapability : Capability
{
    public override IReadOnlyDictionary<string, string> Tags { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal) { ["Privacy"] = "A user's rights over their stored data." };

    public override IReadOnlyList<Permission> Permissions => PrivacyPermissions.Declared;

    public override IReadOnlyList<Act> Acts => PrivacyActs.Declared;

    public override IReadOnlyList<EventKind> Events => PrivacyEvents.Declared;

    public override void AddServices(IServiceCollection services) => services.AddPrivacy();
}
