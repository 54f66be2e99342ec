using System.CommandLine;
using Hatcheck.Server.Access;
using Hatcheck.Server.Platform.Inbox;

namespace Hatcheck.Server.Cli;

/// <summary>The inbox of webhooks: what waits, what could not be worked, and what becomes of it.</summary>
internal static class InboxCommand
{
    private const string Entry = "0198f2c4-5e0b-7c1e-9a52-4b8f0f6b7a11 --tenant music";

    public static Command Create(Invocation invocation) => new Verb(
        "inbox",
        "Lists, shows, replays and drops events of webhooks that wait or are dead letters.",
        "hatcheck inbox list music --dead",
        "hatcheck inbox show 0198… --tenant music",
        "hatcheck inbox replay 0198… --tenant music")
    {
        List(invocation),
        Show(invocation),
        Replay(invocation),
        Drop(invocation),
    };

    private static Verb List(Invocation invocation)
    {
        var tenant = new Argument<string>("tenant") { Description = "Its id, or its name if no other tenant has it." };
        var dead = new Option<bool>("--dead") { Description = "Only dead letters." };
        var limit = new Option<int>("--limit") { Description = "At most so many, the oldest first.", DefaultValueFactory = _ => 200 };
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var verb = new Verb("list", "Lists what is not done, the oldest first. Nothing personal is shown.", "hatcheck inbox list music", "hatcheck inbox list music --dead --json") { tenant, dead, limit, json };
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var owner = await services.GetRequiredService<Tenants>().FindAsync(parsed.GetValue(tenant)!, stop);
                var entries = await services.GetRequiredService<InboxEntries>().ListAsync(owner.Id, parsed.GetValue(dead), Math.Clamp(parsed.GetValue(limit), 1, 10_000), stop);
                if (parsed.GetValue(json)) invocation.Terminal.WriteJson(entries, CliJson.Readable.IReadOnlyListInboxEntry);
                else invocation.Terminal.WriteTable(
                    ["id", "end point", "type", "state", "tries", "fault", "received", "due"],
                    entries.Select(entry => (string[])[$"{entry.Id}", entry.Endpoint, entry.Type, entry.State, $"{entry.Attempts}", entry.Fault ?? "", $"{entry.ReceivedAt:u}", $"{entry.DueAt:u}"]));
                return ExitCode.Ok;
            },
            cancellation));
        return verb;
    }

    private static Verb Show(Invocation invocation)
    {
        var (entry, tenant, json) = Which();
        var reason = new Option<string>("--reason") { Description = "Opens the event itself, which is personal: why, in 10 to 500 characters. Recorded with your login name before anything is shown." };
        var verb = new Verb(
            "show",
            "Shows an entry; with a reason what it says, too.",
            $"hatcheck inbox show {Entry}",
            $"hatcheck inbox show {Entry} --reason \"ticket 4711: address taken\"") { entry, tenant, reason, json };
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var owner = await services.GetRequiredService<Tenants>().FindAsync(parsed.GetValue(tenant)!, stop);
                var inbox = services.GetRequiredService<InboxEntries>();
                var found = parsed.GetValue(reason) is { } why
                    ? await inbox.OpenAsync(owner.Id, parsed.GetValue(entry), why, invocation.Terminal.OperatorActor, stop)
                    : await inbox.FindAsync(owner.Id, parsed.GetValue(entry), stop);
                if (parsed.GetValue(json)) invocation.Terminal.WriteJson(found, CliJson.Readable.InboxEntry);
                else invocation.Terminal.WriteTable(["what", "is"], Rows(found));
                if (found.Body is not null) await invocation.Terminal.Error.WriteLineAsync("This look was recorded.");
                return ExitCode.Ok;
            },
            cancellation));
        return verb;
    }

    private static Verb Replay(Invocation invocation) => Act(
        invocation, "replay", "Gives an entry all its tries again, now. Recorded with your login name.", "It is due now.", (inbox, tenant, entry, actor, stop) => inbox.ReplayAsync(tenant, entry, actor, stop));

    private static Verb Drop(Invocation invocation) => Act(
        invocation, "drop", "Throws an entry away; it can't be brought back, also not by the sender's repeating it. Recorded with your login name.", "Dropped.", (inbox, tenant, entry, actor, stop) => inbox.DropAsync(tenant, entry, actor, stop));

    private static Verb Act(
        Invocation invocation, string name, string description, string said, Func<InboxEntries, Guid, Guid, string, CancellationToken, Task> act)
    {
        var (entry, tenant, json) = Which();
        var verb = new Verb(name, description, $"hatcheck inbox {name} {Entry}") { entry, tenant, json };
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var owner = await services.GetRequiredService<Tenants>().FindAsync(parsed.GetValue(tenant)!, stop);
                var id = parsed.GetValue(entry);
                await act(services.GetRequiredService<InboxEntries>(), owner.Id, id, invocation.Terminal.OperatorActor, stop);
                if (parsed.GetValue(json)) invocation.Terminal.WriteJson(new InboxDone(id, name), CliJson.Readable.InboxDone);
                else await invocation.Terminal.Error.WriteLineAsync(said);
                return ExitCode.Ok;
            },
            cancellation));
        return verb;
    }

    private static (Argument<Guid> Entry, Option<string> Tenant, Option<bool> Json) Which() => (
        new Argument<Guid>("entry") { Description = "The entry's id, from `inbox list`." },
        new Option<string>("--tenant") { Description = "The tenant's id or name.", Required = true },
        new Option<bool>("--json") { Description = "Prints JSON." });

    private static IEnumerable<IReadOnlyList<string>> Rows(InboxEntry entry)
    {
        yield return ["entry", $"{entry.Id}"];
        yield return ["end point", entry.Endpoint];
        yield return ["type", entry.Type];
        yield return ["state", entry.State];
        yield return ["tries", $"{entry.Attempts}"];
        if (entry.Fault is { } fault) yield return ["fault", fault];
        yield return ["happened", $"{entry.EventAt:u}"];
        yield return ["received", $"{entry.ReceivedAt:u}"];
        yield return ["due", $"{entry.DueAt:u}"];
        if (entry.UserId is { } user) yield return ["user", $"{user}"];
        if (entry.Body is { } body) yield return ["event", body];
    }
}
