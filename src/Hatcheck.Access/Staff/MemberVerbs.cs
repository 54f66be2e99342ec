using System.CommandLine;
using Hatcheck.Contracts;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Access.Staff;

internal static class MemberVerbs
{
    private const string Example = "6f1c2b9e-5f0e-4d53-9f0f-0f8f4a3a2f11";
    private const int LargestPage = 200;

    public static VerbGroup Of(IVerbHost host) =>
        new("members", [List(host), Add(host), Change(host), Remove(host)])
        {
            Description = "Lists, adds, changes and removes a tenant's staff. The first owner is added here.",
            Examples =
            [
                "hatcheck members add music --issuer staff --subject user_2abc --name \"Anna Beispiel\" --roles owner",
                "hatcheck members list",
            ],
        };

    private static Option<string> NameOption() =>
        new("--name")
        {
            Description = "The member's name, shown to other staff: 1 to 100 characters. Stored sealed.",
            Required = true,
        };

    private static Option<string?> EmailOption() =>
        new("--email")
        {
            Description = "An e-mail address, shown to other staff; grants no access. Stored sealed.",
            HelpName = "ADDRESS",
        };

    private static Option<string[]> RolesOption() =>
        new("--roles")
        {
            Description = "The member's roles, from `roles list`.",
            AllowMultipleArgumentsPerToken = true,
            Required = true,
            HelpName = "ROLE",
        };

    private static Argument<Guid> MemberArgument() => Verb.Id("member", "a member's", "`hatcheck members list` shows it");

    private static TenantVerb List(IVerbHost host)
    {
        var verb = TenantVerb.WithArgument(
            host,
            "list",
            "Lists a tenant's staff.",
            "hatcheck members list",
            "hatcheck members list music --json"
        );
        verb.Does(
            async (run, stop) =>
            {
                var (members, all) = (run.Get<Members>(), new List<MemberResponse>());
                for (
                    var after = Guid.Empty;
                    await members.PageAsync(run.Tenant.Id, after, LargestPage, stop) is { Count: > 0 } page;
                    after = page[^1].Id
                )
                    all.AddRange(page);
                return Write(run, all);
            }
        );
        return verb;
    }

    private static TenantVerb Add(IVerbHost host)
    {
        var issuer = new Option<string>("--issuer")
        {
            Description = "Where the member signs in: an issuer's name in the settings' section SignIn.",
            Required = true,
        };
        var subject = new Option<string>("--subject")
        {
            Description = "The member's id there: the `sub` of the tokens. Stored sealed.",
            Required = true,
        };
        var (name, email, roles) = (NameOption(), EmailOption(), RolesOption());
        var verb = TenantVerb.WithArgument(
            host,
            "add",
            "Adds a member.",
            "hatcheck members add music --issuer staff --subject user_2abc --name \"Anna Beispiel\" --email anna@example.com "
                + "--roles owner"
        );
        foreach (var option in (Option[])[issuer, subject, name, email, roles])
            verb.Add(option);
        verb.Does(
            async (run, stop) =>
            {
                var wanted = Check(run.Value(name), run.Value(email), run.Words(roles));
                AccessInput.OrThrow(AccessInput.SignIn(run.Value(issuer), run.Value(subject)), "--issuer, --subject");
                var by = Grantor.Operator(run.Tenant.Id, run.Terminal.Operator);
                var profile = new MemberProfile(run.Value(name), run.Value(email), run.Value(subject));
                var added = await run.Get<Members>().AddAsync(by, profile, run.Value(issuer), wanted, stop);
                return Write(run, [added.OrThrow()]);
            }
        );
        return verb;
    }

    private static TenantVerb Change(IVerbHost host)
    {
        var member = MemberArgument();
        var (name, email, roles) = (NameOption(), EmailOption(), RolesOption());
        var verb = TenantVerb.WithArgument(
            host,
            "change",
            "Replaces a member's name, e-mail and roles.",
            $"hatcheck members change {Example} --name \"Anna Beispiel\" --roles manager support",
            $"hatcheck members change music {Example} --name \"Anna Beispiel\" --roles manager support"
        );
        verb.Add(member);
        foreach (var option in (Option[])[name, email, roles])
            verb.Add(option);
        verb.Does(
            async (run, stop) =>
            {
                var wanted = Check(run.Value(name), run.Value(email), run.Words(roles));
                var by = Grantor.Operator(run.Tenant.Id, run.Terminal.Operator);
                var changed = await run.Get<Members>()
                    .ChangeAsync(by, run.Value(member), run.Value(name), run.Value(email), wanted, stop);
                return Write(run, [changed.OrThrow()]);
            }
        );
        return verb;
    }

    private static TenantVerb Remove(IVerbHost host)
    {
        var member = MemberArgument();
        var verb = TenantVerb.WithArgument(
            host,
            "remove",
            "Removes a member and destroys their name, e-mail and subject. The last owner cannot be removed.",
            $"hatcheck members remove {Example}",
            $"hatcheck members remove music {Example}"
        );
        verb.Add(member);
        verb.Does(
            async (run, stop) =>
            {
                var by = Grantor.Operator(run.Tenant.Id, run.Terminal.Operator);
                (await run.Get<Members>().RemoveAsync(by, run.Value(member), stop)).OrThrow();
                return run.Done(new RemovedStaff($"{run.Value(member)}"), AccessVerbJson.Default.RemovedStaff, "Removed.");
            }
        );
        return verb;
    }

    private static IReadOnlyList<string> Check(string? name, string? email, IReadOnlyList<string> roles)
    {
        AccessInput.OrThrow(AccessInput.Profile(name, email), "--name, --email");
        AccessInput.OrThrow(AccessInput.Roles(roles), "--roles");
        return roles;
    }

    private static int Write(TenantRun run, List<MemberResponse> members) =>
        run.Table(
            members,
            AccessVerbJson.Default.ListMemberResponse,
            ["id", "name", "e-mail", "signs in at", "as", "roles"],
            members.Select(member =>
                (string[])
                    [
                        $"{member.Id}",
                        member.DisplayName,
                        member.Email ?? "",
                        member.Issuer,
                        member.Subject,
                        string.Join(' ', member.Roles),
                    ]
            )
        );
}
