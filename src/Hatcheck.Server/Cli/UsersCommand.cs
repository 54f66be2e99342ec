using System.CommandLine;
using Hatcheck.Server.Access;
using Hatcheck.Server.Users;

namespace Hatcheck.Server.Cli;

internal static class UsersCommand
{
    public static Command Create(Invocation invocation) => new Verb(
        "users",
        "Shows, deletes and restores users, and erases whose grace period is over; looks into a person's data, where no other way is left.",
        "hatcheck users show 6f1c… --tenant music",
        "hatcheck users restore 6f1c… --tenant music",
        "hatcheck users inspect 6f1c… --tenant music --reason \"ticket 4711: asks why /exportdata is empty\"")
    {
        UserLifeCommands.Show(invocation),
        UserLifeCommands.Delete(invocation),
        UserLifeCommands.Restore(invocation),
        UserLifeCommands.Purge(invocation),
        Inspect(invocation),
    };

    private static Verb Inspect(Invocation invocation)
    {
        var user = new Argument<Guid>("user") { Description = "The user's id." };
        var tenant = new Option<string>("--tenant") { Description = "The tenant's id or name.", Required = true };
        var reason = new Option<string>("--reason") { Description = "Why, in 10 to 500 characters that somebody else will understand. Kept, sealed, for the person and the auditors.", Required = true };
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var verb = new Verb(
            "inspect",
            "Break-glass: shows everything that is kept about a person, opened. The look is recorded with your login name before anything is shown.",
            "hatcheck users inspect 6f1c2b9e-5f0e-4d53-9f0f-0f8f4a3a2f11 --tenant music --reason \"ticket 4711: asks why /exportdata is empty\"") { user, tenant, reason, json };
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var owner = await services.GetRequiredService<Tenants>().FindAsync(parsed.GetValue(tenant)!, stop);
                var found = await services.GetRequiredService<Inspection>()
                    .InspectAsync(owner.Id, parsed.GetValue(user), parsed.GetValue(reason)!, invocation.Terminal.Operator, stop);
                if (parsed.GetValue(json))
                {
                    invocation.Terminal.WriteJson(found, CliJson.Readable.InspectedUser);
                    return ExitCode.Ok;
                }

                await invocation.Terminal.Output.WriteLineAsync($"user {found.Id}, made {found.CreatedAt:u}");
                foreach (var (name, entries) in found.Sections)
                {
                    await invocation.Terminal.Output.WriteLineAsync($"{name}: {entries.Count}");
                    foreach (var entry in entries) await invocation.Terminal.Output.WriteLineAsync($"  {entry.GetRawText()}");
                }

                await invocation.Terminal.Error.WriteLineAsync("This look was recorded.");
                return ExitCode.Ok;
            },
            cancellation));
        return verb;
    }
}
