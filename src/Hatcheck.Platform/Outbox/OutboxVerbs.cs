using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Platform.Outbox;

/// <summary>The result of <c>outbox replay</c> and <c>drop</c>.</summary>
/// <param name="Done">The verb.</param>
/// <param name="Id">The id of the entry, or of the endpoint.</param>
/// <param name="Events">The number of events.</param>
internal sealed record OutboxDone(string Done, Guid Id, int Events);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(OutboxEntry))]
[JsonSerializable(typeof(IReadOnlyList<OutboxEntry>))]
[JsonSerializable(typeof(OutboxDone))]
internal sealed partial class OutboxVerbJson : JsonSerializerContext;

/// <summary>Verbs for the outbox: list, show, replay and drop events.</summary>
internal static class OutboxVerbs
{
    private const string Entry = "0198f2c4-5e0b-7c1e-9a52-4b8f0f6b7a11";

    public static VerbGroup Of(IVerbHost host) =>
        new("outbox", [List(host), Show(host), Replay(host), Drop(host)])
        {
            Description = "Lists, shows, replays and drops events that are pending, recently sent, or dead letters.",
            Examples =
            [
                "hatcheck outbox list --dead",
                "hatcheck outbox show 0198…",
                "hatcheck outbox replay 0198… --tenant music",
            ],
        };

    private static TenantVerb List(IVerbHost host)
    {
        var dead = new Option<bool>("--dead") { Description = "Only dead letters." };
        var delivered = new Option<bool>("--delivered") { Description = "Only those that were delivered and are still kept." };
        var endpoint = new Option<Guid?>("--endpoint")
        {
            Description = "Only of one endpoint: its id from `hatcheck webhooks list`.",
            HelpName = "ID",
        };
        var limit = new Option<int>("--limit")
        {
            Description = "At most so many entries, oldest first.",
            DefaultValueFactory = _ => 200,
        };
        var verb = TenantVerb.WithArgument(
            host,
            "list",
            "Lists undelivered events, oldest first.",
            "hatcheck outbox list",
            "hatcheck outbox list music --dead --json"
        );
        foreach (var option in new Option[] { dead, delivered, endpoint, limit })
            verb.Add(option);
        verb.Does(
            async (run, stop) =>
            {
                var states = new List<string>();
                if (run.Value(dead))
                    states.Add(OutboxRow.Dead);
                if (run.Value(delivered))
                    states.Add(OutboxRow.Delivered);
                var entries = await run.Get<OutboxEntries>()
                    .ListAsync(run.Tenant.Id, states, run.Value(endpoint), Math.Clamp(run.Value(limit), 1, 10_000), stop);
                return run.Table(
                    entries,
                    OutboxVerbJson.Default.IReadOnlyListOutboxEntry,
                    ["id", "endpoint", "type", "state", "tries", "fault", "happened", "due"],
                    entries.Select(entry =>
                        (string[])
                            [
                                $"{entry.Id}",
                                $"{entry.Endpoint}",
                                entry.Type,
                                entry.State,
                                $"{entry.Attempts}",
                                entry.Fault ?? "",
                                $"{entry.CreatedAt:u}",
                                $"{entry.DueAt:u}",
                            ]
                    )
                );
            }
        );
        return verb;
    }

    private static TenantVerb Show(IVerbHost host)
    {
        var entry = Id("entry", "an entry's");
        var verb = TenantVerb.WithOption(
            host,
            "show",
            "Shows an event and its payload: random ids only.",
            $"hatcheck outbox show {Entry}",
            $"hatcheck outbox show {Entry} --tenant music --json"
        );
        verb.Add(entry);
        verb.Does(
            async (run, stop) =>
            {
                var found = await run.Get<OutboxEntries>().FindAsync(run.Tenant.Id, run.Value(entry), stop);
                return run.Table(found, OutboxVerbJson.Default.OutboxEntry, ["field", "value"], Rows(found));
            }
        );
        return verb;
    }

    private static TenantVerb Replay(IVerbHost host)
    {
        var entry = Id("entry", "an entry's");
        entry.Arity = ArgumentArity.ZeroOrOne;
        var endpoint = new Option<Guid?>("--endpoint")
        {
            Description = "Instead of an entry: all dead and delivered events of this endpoint, from --since on.",
            HelpName = "ID",
        };
        var since = new Option<string?>("--since")
        {
            Description = "An instant, such as 2026-11-29T14:00Z; UTC unless it names a zone.",
            HelpName = "INSTANT",
        };
        var verb = TenantVerb.WithOption(
            host,
            "replay",
            "Sends an event again under its old id, with all its tries. Recorded with the number of your account.",
            $"hatcheck outbox replay {Entry}",
            $"hatcheck outbox replay --endpoint {Entry} --since 2026-11-29T14:00Z --tenant music"
        );
        verb.Add(entry);
        verb.Add(endpoint);
        verb.Add(since);
        verb.Does(
            async (run, stop) =>
            {
                var outbox = run.Get<OutboxEntries>();
                var (id, from) = (run.Value(entry), run.Value(since));
                if ((id != default) == (run.Value(endpoint) is not null) || (run.Value(endpoint) is null) != (from is null))
                    throw new UsageException("Give an entry, or --endpoint and --since.");
                if (run.Value(endpoint) is not { } all)
                {
                    await outbox.ReplayAsync(run.Tenant.Id, id, run.Terminal.Operator, stop);
                    return run.Done(
                        new OutboxDone("replay", id, 1),
                        OutboxVerbJson.Default.OutboxDone,
                        "It is due now: it is sent at once, or when its endpoint is active again."
                    );
                }

                var count = await outbox.ReplayAsync(run.Tenant.Id, all, Instant(from!), run.Terminal.Operator, stop);
                return run.Done(new OutboxDone("replay", all, count), OutboxVerbJson.Default.OutboxDone, $"Due now: {count}.");
            }
        );
        return verb;
    }

    private static TenantVerb Drop(IVerbHost host)
    {
        var entry = Id("entry", "an entry's");
        var verb = TenantVerb.WithOption(
            host,
            "drop",
            "Discards an event: it is never sent, and later events of the same user continue. "
                + "Recorded with the number of your account.",
            $"hatcheck outbox drop {Entry}",
            $"hatcheck outbox drop {Entry} --tenant music"
        );
        verb.Add(entry);
        verb.Does(
            async (run, stop) =>
            {
                var id = run.Value(entry);
                await run.Get<OutboxEntries>().DropAsync(run.Tenant.Id, id, run.Terminal.Operator, stop);
                return run.Done(new OutboxDone("drop", id, 1), OutboxVerbJson.Default.OutboxDone, "Dropped.");
            }
        );
        return verb;
    }

    private static Argument<Guid> Id(string name, string whose) => Verb.Id(name, whose, "`hatcheck outbox list` shows it");

    private static DateTimeOffset Instant(string text)
    {
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var at)
            ? at
            : throw new UsageException("--since is not an instant; write it like 2026-11-29T14:00Z.");
    }

    private static IEnumerable<IReadOnlyList<string>> Rows(OutboxEntry entry)
    {
        yield return ["entry", $"{entry.Id}"];
        yield return ["endpoint", $"{entry.Endpoint}"];
        yield return ["type", entry.Type];
        yield return ["state", entry.State];
        yield return ["tries", $"{entry.Attempts}"];
        if (entry.Fault is { } fault)
            yield return ["fault", fault];
        yield return ["happened", $"{entry.CreatedAt:u}"];
        yield return ["due", $"{entry.DueAt:u}"];
        if (entry.DeliveredAt is { } delivered)
            yield return ["delivered", $"{delivered:u}"];
        if (entry.UserId is { } user)
            yield return ["user", $"{user}"];
        if (entry.Payload is { } payload)
            yield return ["payload", payload];
    }
}
