using System.Diagnostics.Metrics;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Telemetry;

namespace Hatcheck.Platform.Limits;

/// <summary>Reports guessing and flooding to the operator: counters, log events to alert on, and audit entries.</summary>
internal sealed partial class SecurityEvents : IDisposable
{
    /// <summary>Exported with the other meters; see docs/operations/telemetry.md.</summary>
    public const string MeterName = "Hatcheck.Security";

    private readonly Meter meter = new(MeterName);
    private readonly Counter<long> refused;
    private readonly Counter<long> failed;
    private readonly Database database;
    private readonly SubjectNames names;
    private readonly ILogger<SecurityEvents> logger;

    public SecurityEvents(Database database, SubjectNames names, ILogger<SecurityEvents> logger)
    {
        (this.database, this.names, this.logger) = (database, names, logger);
        refused = meter.CreateCounter<long>("hatcheck.requests.refused", description: "Requests answered 429, by limit.");
        failed = meter.CreateCounter<long>("hatcheck.sign_ins.failed", description: "Keys, tokens and codes that were wrong.");
    }

    /// <summary>Entries of <see cref="SignInFailedOften"/> that are being written to the database.</summary>
    public Task Recording { get; private set; } = Task.CompletedTask;

    public void Refused(string limit) => refused.Add(1, new KeyValuePair<string, object?>("hatcheck.limit", limit));

    public void SignInFailed() => failed.Add(1);

    /// <summary>
    /// Records that an address fails so often that an operator should look at it. The request does not wait for the entry.
    /// </summary>
    public void SignInFailedOften(LimitSubject address, int failures)
    {
        var before = Recording;
        Recording = RecordAsync(before, address, failures);
    }

    public void Dispose() => meter.Dispose();

    private async Task RecordAsync(Task before, LimitSubject address, int failures)
    {
        await before;
        try
        {
            var name = await names.NameAsync("address", address, CancellationToken.None);
            FailedOften(failures, new SafeText(name));
            // An entry of the installation: a wrong key belongs to no tenant.
            await database.WriteAsync(
                Guid.Empty,
                (db, _) =>
                {
                    AuditTrail.Add(db, PlatformActs.FailedOften, Actor.Address(name), subject: Subject.Of("failures", failures));
                    return Task.FromResult(true);
                },
                CancellationToken.None
            );
        }
        catch (Exception fault)
        {
            NotRecorded(failures, StorageFaults.Classify(fault));
        }
    }

    [LoggerMessage(
        EventId = 4001,
        EventName = "SignInFailedOften",
        Level = LogLevel.Warning,
        Message = "{Failures} failed sign-ins from one address, {Address}; its further tries are delayed."
    )]
    private partial void FailedOften(int failures, SafeText address);

    [LoggerMessage(
        EventId = 4002,
        EventName = "SignInFailedOftenNotRecorded",
        Level = LogLevel.Warning,
        Message = "{Failures} failed sign-ins from one address could not be recorded ({Kind})."
    )]
    private partial void NotRecorded(int failures, StorageFault kind);
}
