using System.CommandLine;
using System.Text.Json.Serialization;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Platform.Inbox;

/// <summary>The result of <c>inbox replay</c> and <c>drop</c>.</summary>
internal sealed record InboxDone(Guid Id, string Done);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(InboxEntry))]
[JsonSerializable(typeof(IReadOnlyList<InboxEntry>))]
[JsonSerializable(typeof(InboxDone))]
internal sealed partial class InboxVerbJson : JsonSerializerContext;

/// <summary>Verbs for the inbox of webhooks: list, show, replay and drop pending events and dead letters.</summary>
internal static class InboxVerbs
{
    private const string Entry = "0198f2c4-5e0b-7c1e-9a52-4b8f0f6b7a11";

    public static VerbGroup Of(IVerbHost host) =>
        new(
            "inbox",
            [
                List(host),
                Show(host),
                Act(
                    host,
                    "replay",
                    "Tries an entry again now, with all its tries. Recorded with the number of your account.",
                    "It is due now.",
                    (inbox, tenant, entry, actor, stop) => inbox.ReplayAsync(tenant, entry, actor, stop)
                ),
                Act(
                    host,
                    "drop",
                    "Discards an entry for good, even if the sender repeats it. Recorded with the number of your account.",
                    "Dropped.",
                    (inbox, tenant, entry, actor, stop) => inbox.DropAsync(tenant, entry, actor, stop)
                ),
            ]
        )
        {
            Description = "Lists, shows, replays and drops webhook events that are pending or dead letters.",
            Examples = ["hatcheck inbox list --dead", "hatcheck inbox show 0198…", "hatcheck inbox replay 0198… --tenant music"],
        };

    private static TenantVerb List(IVerbHost host)
    {
        var dead = new Option<bool>("--dead") { Description = "Only dead letters." };
        var limit = new Option<int>("--limit")
        {
            Description = "At most so many entries, oldest first.",
            DefaultValueFactory = _ => 200,
        };
        var verb = TenantVerb.WithArgument(
            host,
            "list",
            "Lists pending entries and dead letters, oldest first. Shows no personal data.",
            "hatcheck inbox list",
            "hatcheck inbox list music --dead --json"
        );
        verb.Add(dead);
        verb.Add(limit);
        verb.Does(
            async (run, stop) =>
            {
                var entries = await run.Get<InboxEntries>()
                    .ListAsync(run.Tenant.Id, run.Value(dead), Math.Clamp(run.Value(limit), 1, 10_000), stop);
                return run.Table(
                    entries,
                    InboxVerbJson.Default.IReadOnlyListInboxEntry,
                    ["id", "endpoint", "type", "state", "tries", "fault", "received", "due"],
                    entries.Select(entry =>
                        (string[])
                            [
                                $"{entry.Id}",
                                entry.Endpoint,
                                entry.Type,
                                entry.State,
                                $"{entry.Attempts}",
                                entry.Fault ?? "",
                                $"{entry.ReceivedAt:u}",
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
        var entry = EntryArgument();
        var reason = new Option<string>("--reason")
        {
            Description =
                "Opens the event, which is personal data. A reason of 10 to 500 characters, recorded with the number "
                + "of your account before anything is shown.",
        };
        var verb = TenantVerb.WithOption(
            host,
            "show",
            "Shows an entry; with a reason also its contents.",
            $"hatcheck inbox show {Entry}",
            $"hatcheck inbox show {Entry} --tenant music --reason \"ticket 4711: address taken\""
        );
        verb.Add(entry);
        verb.Add(reason);
        verb.Does(
            async (run, stop) =>
            {
                var inbox = run.Get<InboxEntries>();
                var found = run.Value(reason) is { } why
                    ? await inbox.OpenAsync(run.Tenant.Id, run.Value(entry), why, run.Terminal.Operator, stop)
                    : await inbox.FindAsync(run.Tenant.Id, run.Value(entry), stop);
                run.Table(found, InboxVerbJson.Default.InboxEntry, ["field", "value"], Rows(found));
                if (found.Body is not null)
                    run.Hint("This access was recorded.");
                return ExitCode.Ok;
            }
        );
        return verb;
    }

    private static TenantVerb Act(
        IVerbHost host,
        string name,
        string description,
        string said,
        Func<InboxEntries, Guid, Guid, Actor, CancellationToken, Task> act
    )
    {
        var entry = EntryArgument();
        var verb = TenantVerb.WithOption(
            host,
            name,
            description,
            $"hatcheck inbox {name} {Entry}",
            $"hatcheck inbox {name} {Entry} --tenant music"
        );
        verb.Add(entry);
        verb.Does(
            async (run, stop) =>
            {
                var id = run.Value(entry);
                await act(run.Get<InboxEntries>(), run.Tenant.Id, id, run.Terminal.Operator, stop);
                return run.Done(new InboxDone(id, name), InboxVerbJson.Default.InboxDone, said);
            }
        );
        return verb;
    }

    private static Argument<Guid> EntryArgument() => Verb.Id("entry", "an entry's", "`hatcheck inbox list` shows it");

    private static IEnumerable<IReadOnlyList<string>> Rows(InboxEntry entry)
    {
        yield return ["entry", $"{entry.Id}"];
        yield return ["endpoint", entry.Endpoint];
        yield return ["type", entry.Type];
        yield return ["state", entry.State];
        yield return ["tries", $"{entry.Attempts}"];
        if (entry.Fault is { } fault)
            yield return ["fault", fault];
        yield return ["happened", $"{entry.EventAt:u}"];
        yield return ["received", $"{entry.ReceivedAt:u}"];
        yield return ["due", $"{entry.DueAt:u}"];
        if (entry.UserId is { } user)
            yield return ["user", $"{user}"];
        if (entry.Body is { } body)
            yield return ["event", body];
    }
}
