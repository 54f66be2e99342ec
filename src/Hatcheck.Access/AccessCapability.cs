using Hatcheck.Access.Sessions;
using Hatcheck.Access.SignIn;
using Hatcheck.Access.Staff;
using Hatcheck.Access.TelegramLogin;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Outbound;
using Hatcheck.Platform.Planting;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Hatcheck.Platform.Verbs;
using Microsoft.Extensions.Options;

namespace Hatcheck.Access;

/// <summary>Callers and their rights: tenants, API keys, staff, sign-in and sessions.</summary>
internal sealed class AccessCapability : Capability
{
    public override IReadOnlyDictionary<string, string> Tags { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Access"] = "Who is calling, and who may do what.",
            ["Sessions"] = "Sign-in: own tokens and their sessions.",
        };

    public override IReadOnlyList<Permission> Permissions => AccessPermissions.Declared;

    public override IReadOnlyList<Settings> Settings { get; } =
    [
        Platform.Settings.Of<OwnSessionOptions, OwnSessionOptionsCheck>(OwnSessionOptions.Section),
        Platform.Settings.Of<SignInOptions, SignInOptionsCheck>(SignInOptions.Section),
        Platform.Settings.Of<TelegramLoginOptions, TelegramLoginOptionsCheck>(TelegramLoginOptions.Section),
    ];

    public override IReadOnlyList<ProblemKind> Problems => AccessProblems.Declared;

    public override IReadOnlyList<Act> Acts => AccessActs.Declared;

    public override IReadOnlyList<Table> Tables { get; } =
    [.. AccessTables.Declared, .. StaffTables.Declared, .. SessionTables.Declared];

    public override IReadOnlyList<Part<IJob>> Jobs { get; } = [Part.Of<IJob, ApiKeyUse>(), Part.Of<IJob, SessionPurge>()];

    public override IReadOnlyList<PlantedOperation> Planted => AccessPlanting.Declared;

    public override IReadOnlyList<Part<IPersonalData>> PersonalData { get; } = [Part.Of<IPersonalData, SessionData>()];

    public override void AddServices(IServiceCollection services) => services.AddTenants();

    public override void AddServing(IServiceCollection services) => services.AddAccess();

    public override void Map(IEndpointRouteBuilder routes) => routes.MapAccess();

    public override IReadOnlyList<VerbGroup> Verbs(IVerbHost host) =>
        [TenantVerbs.Of(host), ApiKeyVerbs.Of(host), RoleVerbs.Of(host), MemberVerbs.Of(host), SigningKeyVerb.Of(host)];

    /// <summary>
    /// Creates a first tenant on SQLite, the embedded database, so that a newcomer can start without a verb.
    /// </summary>
    public override async Task PrepareAsync(IServiceProvider services, Action<string> say, CancellationToken cancellation)
    {
        if (!services.GetRequiredService<IEngine>().IsMadeAtStart)
            return;
        if ((await services.GetRequiredService<TenantDirectory>().ListAsync(cancellation)).Count > 0)
            return;
        await services.GetRequiredService<Tenants>().AddAsync("default", blindOnly: false, scheme: 1, null, cancellation);
        say("Created a first tenant named default. Get a key for your bot, while this server runs, with:");
        say($"  {OwnName.Typed("apikeys add --name bot", services.GetRequiredService<IOptions<DataOptions>>().Value)}");
    }

    public override async Task CheckStartAsync(IServiceProvider services, CancellationToken cancellation)
    {
        var engine = services.GetRequiredService<IEngine>();
        var issuers = services.GetRequiredService<TrustedIssuers>();
        SessionSetup.EnsureOwnIssuer(services.GetRequiredService<IOptions<OwnSessionOptions>>().Value, issuers);
        issuers.EnsureAllowed(services.GetRequiredService<OutboundNetworks>());
        await issuers.EnsureTenantsAsync(engine, cancellation);
        await services.GetRequiredService<LoginBots>().EnsureTenantsAsync(engine, cancellation);
    }
}
