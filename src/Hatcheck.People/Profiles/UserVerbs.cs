using System.CommandLine;
using System.Text.Json.Serialization;
using Hatcheck.People.Users;
using Hatcheck.Platform;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Verbs;
using Microsoft.Extensions.Options;

namespace Hatcheck.People.Profiles;

/// <summary>The state of a user, without personal data.</summary>
internal sealed record UserState(
    Guid Id,
    string State,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    int Version,
    Guid? MergedInto,
    DateTimeOffset? DeletedAt,
    DateTimeOffset? RestorableUntil,
    IReadOnlyList<string> Channels
);

/// <summary>Result of <c>users purge</c>; with <c>--dry-run</c> the result it would have.</summary>
internal sealed record PurgeAnswer(int Due, int Erased, int Failed, bool DryRun);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(UserState))]
[JsonSerializable(typeof(PurgeAnswer))]
internal sealed partial class UserVerbJson : JsonSerializerContext;

/// <summary>Verbs that show, delete, restore and purge users. None of them shows personal data.</summary>
internal static class UserVerbs
{
    private const string Example = "6f1c2b9e-5f0e-4d53-9f0f-0f8f4a3a2f11";

    public static VerbGroup Of(IVerbHost host) => new("users", [Show(host), Delete(host), Restore(host), Purge(host)]);

    private static (TenantVerb Verb, Argument<Guid> User) One(IVerbHost host, string name, string description)
    {
        var user = Verb.Id("user", "a user's", InspectVerb.IdSource);
        var verb = TenantVerb.WithOption(
            host,
            name,
            description,
            $"hatcheck users {name} {Example}",
            $"hatcheck users {name} {Example} --tenant music"
        );
        verb.Add(user);
        return (verb, user);
    }

    private static TenantVerb Show(IVerbHost host)
    {
        var (verb, user) = One(
            host,
            "show",
            "Shows whether a user is active, deleted or merged, since when, and on which messengers. No personal "
                + "data is decrypted."
        );
        verb.Does(
            async (run, stop) =>
            {
                var state = await StateAsync(run, run.Value(user), stop);
                return run.Table(state, UserVerbJson.Default.UserState, ["field", "value"], Rows(state));
            }
        );
        return verb;
    }

    private static TenantVerb Delete(IVerbHost host)
    {
        var (verb, user) = One(
            host,
            "delete",
            "Deletes a user, who can be restored while the grace period lasts and is erased after it. Recorded with the "
                + "number of your account."
        );
        verb.Does(
            async (run, stop) =>
            {
                var (tenant, id) = (run.Tenant.Id, run.Value(user));
                var terms = new ChangeTerms(tenant, id, run.Terminal.Operator);
                (await run.Get<Deletion>().DeleteAsync(terms, stop)).OrThrow(NoSuchUser("is deleted already"));
                var words = $"Deleted. `hatcheck users restore` brings the user back within {GracePeriod(run):c}.";
                return run.Done(await StateAsync(run, id, stop), UserVerbJson.Default.UserState, words);
            }
        );
        return verb;
    }

    private static TenantVerb Restore(IVerbHost host)
    {
        var (verb, user) = One(
            host,
            "restore",
            "Restores a deleted user completely, within the grace period. Recorded with the number of your account."
        );
        verb.Does(
            async (run, stop) =>
            {
                var (tenant, id) = (run.Tenant.Id, run.Value(user));
                var terms = new ChangeTerms(tenant, id, run.Terminal.Operator);
                (await run.Get<Deletion>().RestoreAsync(terms, stop)).OrThrow(NoSuchUser("was erased"));
                return run.Done(await StateAsync(run, id, stop), UserVerbJson.Default.UserState, "The user is active.");
            }
        );
        return verb;
    }

    private static DatabaseVerb Purge(IVerbHost host)
    {
        var dryRun = new Option<bool>("--dry-run")
        {
            Description = "Counts the users who would be erased (the first 500); erases no one.",
        };
        var verb = new DatabaseVerb(
            host,
            "purge",
            "Erases every deleted user of every tenant whose grace period is over. Running nodes do this by themselves if "
                + "they have Database:MaintenanceConnectionString.",
            "hatcheck users purge --dry-run",
            "hatcheck users purge      from a timer, once a day"
        )
        {
            dryRun,
        };
        verb.Does(
            async (run, stop) =>
            {
                var (purge, dry) = (run.Get<RetentionPurge>(), run.Value(dryRun));
                var clock = await run.Get<NodeClock>().ReadAsync(stop);
                if (clock.IsOff && !dry)
                    throw new OperatorException($"Erased no one. {clock.Warning}");
                var due = (await purge.DueAsync(stop)).Count;
                var report = new PurgeReport(0, 0);
                if (!dry)
                {
                    var (job, actor) = (run.Get<PurgeJob>(), run.Terminal.Operator);
                    try
                    {
                        var round = await run.Get<JobRounds>()
                            .RunNowAsync(
                                job,
                                async (held, end) => (report = await purge.RunAsync(held, actor, end)).OrThrow(),
                                stop
                            );
                        if (round.Outcome != JobOutcome.Done)
                            throw await JobVerbs.RefusalAsync(run, job, round, stop);
                    }
                    catch (PartlyFailedException)
                    {
                        // The report shows how many.
                    }
                }

                run.Done(
                    new PurgeAnswer(due, report.Erased, report.Failed, dry),
                    UserVerbJson.Default.PurgeAnswer,
                    dry ? $"{due} due; no one was erased." : $"{report.Erased} erased, {report.Failed} could not be."
                );
                return report.Failed == 0 ? ExitCode.Ok : ExitCode.Failed;
            }
        );
        return verb;
    }

    private static TimeSpan GracePeriod(VerbRun run) => run.Get<IOptions<ProfileOptions>>().Value.GracePeriod;

    private static string NoSuchUser(string or) => $"The tenant has no such user, or the user {or}; see `hatcheck users show`.";

    private static async Task<UserState> StateAsync(TenantRun run, Guid user, CancellationToken cancellation)
    {
        var state =
            await run.Get<UserStates>().FindAsync(run.Tenant.Id, user, cancellation)
            ?? throw new OperatorException("The tenant has no such user.");
        var (row, name) = (
            state.User,
            state.User switch
            {
                { ErasedAt: not null } => "erased",
                { MergedInto: not null } => "merged",
                { DeletedAt: not null } => "deleted",
                _ => "living",
            }
        );
        return new UserState(
            row.UserId,
            name,
            row.CreatedAt,
            row.UpdatedAt ?? row.CreatedAt,
            row.Version,
            row.MergedInto,
            row.DeletedAt,
            name == "deleted" ? row.DeletedAt + GracePeriod(run) : null,
            state.Channels
        );
    }

    private static IEnumerable<IReadOnlyList<string>> Rows(UserState state)
    {
        yield return ["user", $"{state.Id}"];
        yield return ["state", state.State];
        yield return ["created", $"{state.CreatedAt:u}"];
        yield return ["changed", $"{state.UpdatedAt:u}"];
        yield return ["version", $"{state.Version}"];
        if (state.MergedInto is { } survivor)
            yield return ["merged into", $"{survivor}"];
        if (state.DeletedAt is { } deleted)
            yield return ["deleted", $"{deleted:u}"];
        if (state.RestorableUntil is { } until)
            yield return ["restorable until", $"{until:u}"];
        yield return ["messengers", string.Join(' ', state.Channels)];
    }
}
