using System.CommandLine;
using Hatcheck.Contracts;
using Hatcheck.Server.Access;
using Hatcheck.Server.Access.Staff;

namespace Hatcheck.Server.Cli;

internal static class MembersCommand
{
    private const string Example = "6f1c2b9e-5f0e-4d53-9f0f-0f8f4a3a2f11";
    private const int LargestPage = 200;

    public static Command Create(Invocation invocation) => new Verb(
        "members",
        "Lists, adds, changes and removes a tenant's staff. The first owner is made here.",
        "hatcheck members add music --issuer staff --subject user_2abc --name \"Anna Beispiel\" --roles owner",
        "hatcheck members list music")
    {
        List(invocation),
        Add(invocation),
        Change(invocation),
        Remove(invocation),
    };

    private static Option<string> NameOption() => new("--name") { Description = "Who it is, for people: 1 to 100 characters. Kept sealed.", Required = true };

    private static Option<string?> EmailOption() => new("--email") { Description = "An e-mail address, for people; it opens nothing. Kept sealed.", HelpName = "ADDRESS" };

    private static Option<string[]> RolesOption() => new("--roles") { Description = "What they may do: roles of `roles list`.", AllowMultipleArgumentsPerToken = true, Required = true, HelpName = "ROLE" };

    private static Option<bool> JsonOption() => new("--json") { Description = "Prints JSON." };

    private static Argument<Guid> MemberArgument() => new("member") { Description = "The member's id, from `members list`." };

    private static Verb List(Invocation invocation)
    {
        var tenant = RolesCommand.TenantArgument();
        var json = JsonOption();
        var verb = new Verb("list", "Lists a tenant's staff.", "hatcheck members list music", "hatcheck members list music --json") { tenant, json };
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var owner = await services.GetRequiredService<Tenants>().FindAsync(parsed.GetValue(tenant)!, stop);
                var all = new List<MemberResponse>();
                for (var page = await PageAsync(services, owner.Id, Guid.Empty, stop); page.Count > 0; page = await PageAsync(services, owner.Id, page[^1].Id, stop)) all.AddRange(page);
                Write(invocation, all, parsed.GetValue(json));
                return ExitCode.Ok;
            },
            cancellation));
        return verb;
    }

    private static Verb Add(Invocation invocation)
    {
        var tenant = RolesCommand.TenantArgument();
        var issuer = new Option<string>("--issuer") { Description = "Where they sign in: the name of an issuer of the section SignIn of the settings.", Required = true };
        var subject = new Option<string>("--subject") { Description = "Who they are there: the `sub` of their tokens. Kept sealed.", Required = true };
        var (name, email, roles, json) = (NameOption(), EmailOption(), RolesOption(), JsonOption());
        var verb = new Verb("add", "Adds a member.", "hatcheck members add music --issuer staff --subject user_2abc --name \"Anna Beispiel\" --email anna@example.com --roles owner")
        {
            tenant, issuer, subject, name, email, roles, json,
        };
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var owner = await services.GetRequiredService<Tenants>().FindAsync(parsed.GetValue(tenant)!, stop);
                var wanted = Check(parsed.GetValue(name), parsed.GetValue(email), parsed.GetValue(roles)!);
                AccessInput.OrThrow(AccessInput.SignIn(parsed.GetValue(issuer), parsed.GetValue(subject)), "--issuer, --subject");
                var by = Grantor.Operator(owner.Id, invocation.Terminal.Operator);
                var profile = new MemberProfile(parsed.GetValue(name)!, parsed.GetValue(email), parsed.GetValue(subject)!);
                var added = await services.GetRequiredService<Members>().AddAsync(by, profile, parsed.GetValue(issuer)!, wanted, stop);
                Write(invocation, [added.OrThrow()], parsed.GetValue(json));
                return ExitCode.Ok;
            },
            cancellation));
        return verb;
    }

    private static Verb Change(Invocation invocation)
    {
        var (tenant, member) = (RolesCommand.TenantArgument(), MemberArgument());
        var (name, email, roles, json) = (NameOption(), EmailOption(), RolesOption(), JsonOption());
        var verb = new Verb("change", "Replaces a member's name, e-mail and roles.", $"hatcheck members change music {Example} --name \"Anna Beispiel\" --roles manager support")
        {
            tenant, member, name, email, roles, json,
        };
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var owner = await services.GetRequiredService<Tenants>().FindAsync(parsed.GetValue(tenant)!, stop);
                var wanted = Check(parsed.GetValue(name), parsed.GetValue(email), parsed.GetValue(roles)!);
                var by = Grantor.Operator(owner.Id, invocation.Terminal.Operator);
                var changed = await services.GetRequiredService<Members>().ChangeAsync(by, parsed.GetValue(member), parsed.GetValue(name)!, parsed.GetValue(email), wanted, stop);
                Write(invocation, [changed.OrThrow()], parsed.GetValue(json));
                return ExitCode.Ok;
            },
            cancellation));
        return verb;
    }

    private static Verb Remove(Invocation invocation)
    {
        var (tenant, member) = (RolesCommand.TenantArgument(), MemberArgument());
        var verb = new Verb("remove", "Removes a member and destroys what said who they were; the last owner stays.", $"hatcheck members remove music {Example}") { tenant, member };
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var owner = await services.GetRequiredService<Tenants>().FindAsync(parsed.GetValue(tenant)!, stop);
                (await services.GetRequiredService<Members>().RemoveAsync(Grantor.Operator(owner.Id, invocation.Terminal.Operator), parsed.GetValue(member), stop)).OrThrow();
                await invocation.Terminal.Error.WriteLineAsync("Removed.");
                return ExitCode.Ok;
            },
            cancellation));
        return verb;
    }

    private static Task<List<MemberResponse>> PageAsync(IServiceProvider services, Guid tenant, Guid after, CancellationToken cancellation) =>
        services.GetRequiredService<Members>().PageAsync(tenant, after, LargestPage, cancellation);

    private static List<string> Check(string? name, string? email, string[] roles)
    {
        var wanted = roles.SelectMany(text => text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries)).ToList();
        AccessInput.OrThrow(AccessInput.Profile(name, email), "--name, --email");
        AccessInput.OrThrow(AccessInput.Roles(wanted), "--roles");
        return wanted;
    }

    private static void Write(Invocation invocation, List<MemberResponse> members, bool json)
    {
        if (json) invocation.Terminal.WriteJson(members, CliJson.Readable.ListMemberResponse);
        else
        {
            invocation.Terminal.WriteTable(
                ["id", "name", "e-mail", "signs in at", "as", "roles"],
                members.Select(member => (string[])[$"{member.Id}", member.DisplayName, member.Email ?? "", member.Issuer, member.Subject, string.Join(' ', member.Roles)]));
        }
    }
}
