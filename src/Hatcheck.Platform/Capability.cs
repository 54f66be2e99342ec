using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Inbox;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Planting;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Platform;

/// <summary>
/// What a capability brings, in one value. The executable holds one list of them (<c>Capabilities.All</c>), from which the
/// centre derives what it needs. The order of that list decides nothing but in which order operations, settings and
/// permissions are shown.
/// </summary>
internal abstract class Capability
{
    /// <summary>Groups of its operations in the OpenAPI document, each with a sentence.</summary>
    public virtual IReadOnlyDictionary<string, string> Tags { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What callers may do with it, and which built-in roles may.</summary>
    public virtual IReadOnlyList<Permission> Permissions => [];

    /// <summary>Its sections of the settings.</summary>
    public virtual IReadOnlyList<Settings> Settings => [];

    /// <summary>The kinds of errors that it answers; titles in answers and the pages of the codes come from here.</summary>
    public virtual IReadOnlyList<ProblemKind> Problems => [];

    /// <summary>What of it the audit log records.</summary>
    public virtual IReadOnlyList<Act> Acts => [];

    /// <summary>Its tables; export, summary, erasure, row-level security, the demo's view and the drill read them.</summary>
    public virtual IReadOnlyList<Table> Tables => [];

    /// <summary>What exports its sections of a person's data, and does what its tables can't say.</summary>
    public virtual IReadOnlyList<Part<IPersonalData>> PersonalData => [];

    /// <summary>Its tables of blind-index values, which a rotation of the index key brings up.</summary>
    public virtual IReadOnlyList<Part<IRehashed>> Rehashed => [];

    /// <summary>What the installation does for it again and again.</summary>
    public virtual IReadOnlyList<Part<IJob>> Jobs => [];

    /// <summary>What does the events that webhooks brought, on a serving node.</summary>
    public virtual IReadOnlyList<Part<IInboxHandler>> InboxHandlers => [];

    /// <summary>What of it other services can be told of.</summary>
    public virtual IReadOnlyList<EventKind> Events => [];

    /// <summary>What sends events to endpoints, each of another kind.</summary>
    public virtual IReadOnlyList<Part<IOutboxSender>> OutboxSenders => [];

    /// <summary>What the leak drill plants with its operations beyond what the document says.</summary>
    public virtual IReadOnlyList<PlantedOperation> Planted => [];

    /// <summary>Its services, for a server and for verbs of the command line alike.</summary>
    public virtual void AddServices(IServiceCollection services) { }

    /// <summary>What only a node that serves needs: authentication.</summary>
    public virtual void AddServing(IServiceCollection services) { }

    /// <summary>Its endpoints.</summary>
    public virtual void Map(IEndpointRouteBuilder routes) { }

    /// <summary>Its verbs of the command line. Groups of one name that several capabilities bring become one.</summary>
    public virtual IReadOnlyList<VerbGroup> Verbs(IVerbHost host) => [];

    /// <summary>Makes what a fresh installation needs before the first request, and tells the operator.</summary>
    public virtual Task PrepareAsync(IServiceProvider services, Action<string> say, CancellationToken cancellation) =>
        Task.CompletedTask;

    /// <summary>Refuses to serve where its settings and the database contradict each other.</summary>
    /// <exception cref="OperatorException">They do; it says what to do.</exception>
    public virtual Task CheckStartAsync(IServiceProvider services, CancellationToken cancellation) => Task.CompletedTask;
}
