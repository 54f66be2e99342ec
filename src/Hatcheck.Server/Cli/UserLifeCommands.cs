using System.CommandLine;
using Hatcheck.Server.Access;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Profiles;
using Hatcheck.Server.Users;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Cli;

/// <summary>The state of a user without anything personal.</summary>
internal sealed record UserState(
    Guid Id, string State, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, int Version, Guid? MergedInto, DateTimeOffset? DeletedAt, DateTimeOffset? RestorableUntil, IReadOnlyList<string> Channels);

/// <summary>What <c>users purge</c> did, or with <c>--dry-run</c> would do.</summary>
internal sealed record PurgeAnswer(int Due, int Erased, int Failed, bool DryRun);

/// <summary>The verbs about a user's life: shown, deleted, restored, purged. None of them shows anything personal.</summary>
internal static class UserLifeCommands
{
    private const string Example = "6f1c2b9e-5f0e-4d53-9f0f-0f8f4a3a2f11 --tenant music";

    public static Verb Show(Invocation invocation)
    {
        var (user, tenant) = Whom();
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var verb = new Verb("show", "Shows whether a user is there, deleted or merged, since when, and on which messengers. Nothing personal is opened.", $"hatcheck users show {Example}") { user, tenant, json };
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var owner = await services.GetRequiredService<Tenants>().FindAsync(parsed.GetValue(tenant)!, stop);
                var state = await StateAsync(services, owner.Id, parsed.GetValue(user), stop);
                if (parsed.GetValue(json))
                {
                    invocation.Terminal.WriteJson(state, CliJson.Readable.UserState);
                    return ExitCode.Ok;
                }

                invocation.Terminal.WriteTable(["what", "is"], Rows(state));
                return ExitCode.Ok;
            },
            cancellation));
        return verb;
    }

    public static Verb Delete(Invocation invocation)
    {
        var (user, tenant) = Whom();
        var verb = new Verb("delete", "Deletes a user, who can be restored while the grace period lasts and is erased after it. Recorded with your login name.", $"hatcheck users delete {Example}") { user, tenant };
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var owner = await services.GetRequiredService<Tenants>().FindAsync(parsed.GetValue(tenant)!, stop);
                var (_, result) = await services.GetRequiredService<People>().WithAsync(
                    owner.Id,
                    parsed.GetValue(user),
                    found => services.GetRequiredService<Deleting>().DeleteAsync(owner.Id, found.User, Precondition.None.Instance, invocation.Terminal.OperatorActor, stop),
                    deleted => deleted is DeleteResult.Gone,
                    stop);
                if (result is not DeleteResult.Deleted) throw NoSuchUser("is deleted already");
                var grace = services.GetRequiredService<IOptions<ProfileOptions>>().Value.GracePeriod;
                await invocation.Terminal.Error.WriteLineAsync($"Deleted. `hatcheck users restore` brings the user back within {grace:c}.");
                return ExitCode.Ok;
            },
            cancellation));
        return verb;
    }

    public static Verb Restore(Invocation invocation)
    {
        var (user, tenant) = Whom();
        var verb = new Verb("restore", "Brings a deleted user back, whole, while the grace period lasts. Recorded with your login name.", $"hatcheck users restore {Example}") { user, tenant };
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var owner = await services.GetRequiredService<Tenants>().FindAsync(parsed.GetValue(tenant)!, stop);
                var (_, result) = await services.GetRequiredService<People>().WithAsync(
                    owner.Id,
                    parsed.GetValue(user),
                    lookup => lookup.Kept,
                    found => services.GetRequiredService<Deleting>().RestoreAsync(owner.Id, found.User, invocation.Terminal.OperatorActor, stop),
                    restored => restored is RestoreResult.Gone,
                    stop);
                if (result is RestoreResult.TooLate) throw new OperatorException("The grace period is over; the user is about to be erased.");
                if (result is not RestoreResult.Restored) throw NoSuchUser("was erased");
                await invocation.Terminal.Error.WriteLineAsync("The user is there.");
                return ExitCode.Ok;
            },
            cancellation));
        return verb;
    }

    public static Verb Purge(Invocation invocation)
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Counts who would be erased (the first 500); erases nobody." };
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var verb = new Verb(
            "purge",
            "Erases every deleted user of every tenant whose grace period is over. Running nodes do it by themselves if they have Database:MaintenanceConnectionString.",
            "hatcheck users purge --dry-run",
            "hatcheck users purge      from a timer, once a day") { dryRun, json };
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var purging = services.GetRequiredService<Purging>();
                var clock = await services.GetRequiredService<NodeClock>().ReadAsync(stop);
                if (clock.IsOff && !parsed.GetValue(dryRun)) throw new OperatorException($"Erased nobody. {clock.Warning}");
                var due = (await purging.DueAsync(stop)).Count;
                var report = parsed.GetValue(dryRun) ? new PurgeReport(0, 0) : await purging.RunAsync(invocation.Terminal.OperatorActor, stop);
                if (report is null) throw new OperatorException("A node is purging at this moment. There is nothing to do; `hatcheck users purge --dry-run` shows who is left afterwards.");
                if (parsed.GetValue(json)) invocation.Terminal.WriteJson(new PurgeAnswer(due, report.Erased, report.Failed, parsed.GetValue(dryRun)), CliJson.Readable.PurgeAnswer);
                else await invocation.Terminal.Error.WriteLineAsync(parsed.GetValue(dryRun) ? $"{due} due; nobody was erased." : $"{report.Erased} erased, {report.Failed} could not be.");
                return report.Failed == 0 ? ExitCode.Ok : ExitCode.Failed;
            },
            cancellation));
        return verb;
    }

    private static (Argument<Guid> User, Option<string> Tenant) Whom() => (
        new Argument<Guid>("user") { Description = "The user's id." },
        new Option<string>("--tenant") { Description = "The tenant's id or name.", Required = true });

    private static OperatorException NoSuchUser(string or) => new($"The tenant has no such user, or the user {or}; see `hatcheck users show`.");

    private static async Task<UserState> StateAsync(IServiceProvider services, Guid tenant, Guid user, CancellationToken cancellation)
    {
        var state = await services.GetRequiredService<UserStates>().FindAsync(tenant, user, cancellation) ?? throw new OperatorException("The tenant has no such user.");
        var grace = services.GetRequiredService<IOptions<ProfileOptions>>().Value.GracePeriod;
        var (row, name) = (state.User, state.User switch
        {
            { ErasedAt: not null } => "erased",
            { MergedInto: not null } => "merged",
            { DeletedAt: not null } => "deleted",
            _ => "living",
        });
        return new UserState(row.UserId, name, row.CreatedAt, row.UpdatedAt ?? row.CreatedAt, row.Version, row.MergedInto, row.DeletedAt, name == "deleted" ? row.DeletedAt + grace : null, state.Channels);
    }

    private static IEnumerable<IReadOnlyList<string>> Rows(UserState state)
    {
        yield return ["user", $"{state.Id}"];
        yield return ["state", state.State];
        yield return ["created", $"{state.CreatedAt:u}"];
        yield return ["changed", $"{state.UpdatedAt:u}"];
        yield return ["version", $"{state.Version}"];
        if (state.MergedInto is { } survivor) yield return ["merged into", $"{survivor}"];
        if (state.DeletedAt is { } deleted) yield return ["deleted", $"{deleted:u}"];
        if (state.RestorableUntil is { } until) yield return ["restorable until", $"{until:u}"];
        yield return ["messengers", string.Join(' ', state.Channels)];
    }
}
