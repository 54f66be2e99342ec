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
/// Declares everything that a capability brings, in one value. The executable lists them (<c>Capabilities.All</c>), and
/// everything else is derived from that list. Its order only decides the order in which operations, settings and
/// permissions are shown.
/// </summary>
internal abstract class Capability
{
    /// <summary>OpenAPI tags of its operations, each with a one-sentence description.</summary>
    public virtual IReadOnlyDictionary<string, string> Tags { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Permissions that callers can hold, each with the built-in roles that include it.</summary>
    public virtual IReadOnlyList<Permission> Permissions => [];

    /// <summary>Its sections of the settings.</summary>
    public virtual IReadOnlyList<Settings> Settings => [];

    /// <summary>
    /// Kinds of errors that its operations return. Titles in responses and the pages of the codes are built from these.
    /// </summary>
    public virtual IReadOnlyList<ProblemKind> Problems => [];

    /// <summary>Acts that it writes to the audit log.</summary>
    public virtual IReadOnlyList<Act> Acts => [];

    /// <summary>Its tables. Export, summary, erasure, row-level security, the demo's view and the drill read them.</summary>
    public virtual IReadOnlyList<Table> Tables => [];

    /// <summary>Exporters of its sections of a user's data, which also do what a table declaration can't express.</summary>
    public virtual IReadOnlyList<Part<IPersonalData>> PersonalData => [];

    /// <summary>Its tables of blind-index values, which a rotation of the index key rehashes.</summary>
    public virtual IReadOnlyList<Part<IBlindIndexTable>> BlindIndexTables => [];

    /// <summary>Jobs that the installation runs periodically.</summary>
    public virtual IReadOnlyList<Part<IJob>> Jobs => [];

    /// <summary>Handlers of inbox events (received webhooks), run on a serving node.</summary>
    public virtual IReadOnlyList<Part<IInboxHandler>> InboxHandlers => [];

    /// <summary>Kinds of events that it sends to other services.</summary>
    public virtual IReadOnlyList<EventKind> Events => [];

    /// <summary>Senders of outbox events, one for each kind of endpoint.</summary>
    public virtual IReadOnlyList<Part<IOutboxSender>> OutboxSenders => [];

    /// <summary>The leak drill's recipes for its operations, beyond what the OpenAPI document describes.</summary>
    public virtual IReadOnlyList<PlantedOperation> Planted => [];

    /// <summary>Registers its services, for the server and for verbs of the command line alike.</summary>
    public virtual void AddServices(IServiceCollection services) { }

    /// <summary>Registers services that only a serving node needs, such as authentication.</summary>
    public virtual void AddServing(IServiceCollection services) { }

    /// <summary>Maps its endpoints.</summary>
    public virtual void Map(IEndpointRouteBuilder routes) { }

    /// <summary>Its verbs of the command line. Groups with the same name are merged across capabilities.</summary>
    public virtual IReadOnlyList<VerbGroup> Verbs(IVerbHost host) => [];

    /// <summary>Creates what a fresh installation needs before the first request, and reports it to the operator.</summary>
    public virtual Task PrepareAsync(IServiceProvider services, Action<string> say, CancellationToken cancellation) =>
        Task.CompletedTask;

    /// <summary>Refuses to serve where its settings and the database contradict each other.</summary>
    /// <exception cref="OperatorException">The settings contradict the database; the message says what to do.</exception>
    public virtual Task CheckStartAsync(IServiceProvider services, CancellationToken cancellation) => Task.CompletedTask;
}
