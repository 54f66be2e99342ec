using System.CommandLine;
using Hatcheck.Platform;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Access.Staff;

internal static class RoleVerbs
{
    public static VerbGroup Of(IVerbHost host) =>
        new(
            "roles",
            [
                List(host),
                Set(
                    host,
                    "add",
                    "Adds a role of the tenant's own.",
                    (roles, by, name, permissions, stop) => roles.AddAsync(by, name, permissions, stop)
                ),
                Set(
                    host,
                    "change",
                    "Changes the permissions of a role of the tenant's own, at once, for all who have it.",
                    (roles, by, name, permissions, stop) => roles.ChangeAsync(by, name, permissions, stop)
                ),
                Remove(host),
            ]
        )
        {
            Description = "Lists the roles of a tenant, and adds, changes and removes those of its own.",
            Examples = ["hatcheck roles list", "hatcheck roles add music desk-lead --permissions users:read usage:read"],
        };

    private static TenantVerb List(IVerbHost host)
    {
        var verb = TenantVerb.WithArgument(
            host,
            "list",
            "Lists every role with its permissions: the built-in ones first.",
            "hatcheck roles list",
            "hatcheck roles list music --json"
        );
        verb.Does(
            async (run, stop) =>
            {
                var roles = await run.Get<CustomRoles>().ListAsync(run.Tenant.Id, stop);
                return run.Table(
                    roles,
                    AccessVerbJson.Default.ListRole,
                    ["name", "source", "permissions"],
                    roles.Select(role =>
                        (string[])[role.Name, role.BuiltIn ? "built in" : "the tenant", string.Join(' ', role.Permissions)]
                    )
                );
            }
        );
        return verb;
    }

    private static TenantVerb Set(
        IVerbHost host,
        string verbName,
        string description,
        Func<CustomRoles, Grantor, string, IReadOnlyList<string>, CancellationToken, Task<Outcome<Role>>> set
    )
    {
        var name = new Argument<string>("role") { Description = "1 to 64 of a-z 0-9 . _ -" };
        var permissions = new Option<string[]>("--permissions")
        {
            Description = $"One or more of {string.Join(' ', host.Permissions.Names)}",
            AllowMultipleArgumentsPerToken = true,
            Required = true,
            HelpName = "PERMISSION",
        };
        var verb = TenantVerb.WithArgument(
            host,
            verbName,
            description,
            $"hatcheck roles {verbName} desk-lead --permissions users:read usage:read",
            $"hatcheck roles {verbName} music desk-lead --permissions users:read usage:read"
        );
        verb.Add(name);
        verb.Add(permissions);
        verb.Does(
            async (run, stop) =>
            {
                var wanted = run.Words(permissions);
                AccessInput.OrThrow(AccessInput.Name(run.Value(name)), "role");
                AccessInput.EnsurePermissions(wanted, host.Permissions, "--permissions");
                var by = Grantor.Operator(run.Tenant.Id, run.Terminal.Operator);
                var role = (await set(run.Get<CustomRoles>(), by, run.Value(name), wanted, stop)).OrThrow();
                return run.Line([role], AccessVerbJson.Default.ListRole, $"{role.Name}\t{string.Join(' ', role.Permissions)}");
            }
        );
        return verb;
    }

    private static TenantVerb Remove(IVerbHost host)
    {
        var name = new Argument<string>("role") { Description = "The role's name, from `roles list`." };
        var verb = TenantVerb.WithArgument(
            host,
            "remove",
            "Removes a role that no member has.",
            "hatcheck roles remove desk-lead",
            "hatcheck roles remove music desk-lead"
        );
        verb.Add(name);
        verb.Does(
            async (run, stop) =>
            {
                var by = Grantor.Operator(run.Tenant.Id, run.Terminal.Operator);
                (await run.Get<CustomRoles>().RemoveAsync(by, run.Value(name), stop)).OrThrow();
                return run.Done(new RemovedStaff(run.Value(name)), AccessVerbJson.Default.RemovedStaff, "Removed.");
            }
        );
        return verb;
    }
}
