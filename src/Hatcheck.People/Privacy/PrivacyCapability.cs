using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Outbox;

namespace Hatcheck.People.Privacy;

/// <summary>What a user may ask of all that is kept.</summary>
internal sealed class PrivacyCapability : Capability
{
    public override IReadOnlyDictionary<string, string> Tags { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal) { ["Privacy"] = "What a person may ask of all that is kept." };

    public override IReadOnlyList<Permission> Permissions => PrivacyPermissions.Declared;

    public override IReadOnlyList<Act> Acts => PrivacyActs.Declared;

    public override IReadOnlyList<EventKind> Events => PrivacyEvents.Declared;

    public override void AddServices(IServiceCollection services) => services.AddPrivacy();
}
