using System.CommandLine;
using Hatcheck.Server.Access;
using Hatcheck.Server.Access.Staff;

namespace Hatcheck.Server.Cli;

internal static class RolesCommand
{
    public static Command Create(Invocation invocation) => new Verb(
        "roles",
        "Lists the roles of a tenant, and adds, changes and removes those of its own.",
        "hatcheck roles list music",
        "hatcheck roles add music desk-lead --permissions users:read usage:read")
    {
        List(invocation),
        Set(invocation, "add", "Adds a role of the tenant's own.", (roles, by, name, permissions, stop) => roles.AddAsync(by, name, permissions, stop)),
        Set(invocation, "change", "Changes what a role of the tenant's own gives, at once, to everybody who has it.", (roles, by, name, permissions, stop) => roles.ChangeAsync(by, name, permissions, stop)),
        Remove(invocation),
    };

    public static Argument<string> TenantArgument() => new("tenant") { Description = "Its id, or its name if no other tenant has it." };

    private static Verb List(Invocation invocation)
    {
        var tenant = TenantArgument();
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var verb = new Verb("list", "Lists every role with what it gives: the built-in ones first.", "hatcheck roles list music", "hatcheck roles list music --json") { tenant, json };
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var owner = await services.GetRequiredService<Tenants>().FindAsync(parsed.GetValue(tenant)!, stop);
                var roles = await services.GetRequiredService<CustomRoles>().ListAsync(owner.Id, stop);
                if (parsed.GetValue(json)) invocation.Terminal.WriteJson(roles, CliJson.Readable.ListRole);
                else invocation.Terminal.WriteTable(["name", "from", "gives"], roles.Select(role => (string[])[role.Name, role.BuiltIn ? "built in" : "the tenant", string.Join(' ', role.Permissions)]));
                return ExitCode.Ok;
            },
            cancellation));
        return verb;
    }

    private static Verb Set(
        Invocation invocation, string verbName, string description, Func<CustomRoles, Grantor, string, IReadOnlyList<string>, CancellationToken, Task<Outcome<Role>>> set)
    {
        var tenant = TenantArgument();
        var name = new Argument<string>("role") { Description = "1 to 64 of a-z 0-9 . _ -" };
        var permissions = new Option<string[]>("--permissions")
        {
            Description = $"One or more of {string.Join(' ', Composition.Permissions.Names)}",
            AllowMultipleArgumentsPerToken = true,
            Required = true,
            HelpName = "PERMISSION",
        };
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var verb = new Verb(verbName, description, $"hatcheck roles {verbName} music desk-lead --permissions users:read usage:read") { tenant, name, permissions, json };
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var owner = await services.GetRequiredService<Tenants>().FindAsync(parsed.GetValue(tenant)!, stop);
                var wanted = parsed.GetValue(permissions)!.SelectMany(text => text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries)).ToList();
                AccessInput.OrThrow(AccessInput.Name(parsed.GetValue(name)), "role");
                AccessInput.OrThrow(AccessInput.Permissions(wanted, Composition.Permissions), "--permissions");
                var by = Grantor.Operator(owner.Id, invocation.Terminal.Operator);
                var role = (await set(services.GetRequiredService<CustomRoles>(), by, parsed.GetValue(name)!, wanted, stop)).OrThrow();
                if (parsed.GetValue(json)) invocation.Terminal.WriteJson([role], CliJson.Readable.ListRole);
                else await invocation.Terminal.Output.WriteLineAsync($"{role.Name}\t{string.Join(' ', role.Permissions)}");
                return ExitCode.Ok;
            },
            cancellation));
        return verb;
    }

    private static Verb Remove(Invocation invocation)
    {
        var tenant = TenantArgument();
        var name = new Argument<string>("role") { Description = "The role's name, from `roles list`." };
        var verb = new Verb("remove", "Removes a role that nobody has.", "hatcheck roles remove music desk-lead") { tenant, name };
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var owner = await services.GetRequiredService<Tenants>().FindAsync(parsed.GetValue(tenant)!, stop);
                var by = Grantor.Operator(owner.Id, invocation.Terminal.Operator);
                (await services.GetRequiredService<CustomRoles>().RemoveAsync(by, parsed.GetValue(name)!, stop)).OrThrow();
                await invocation.Terminal.Error.WriteLineAsync("Removed.");
                return ExitCode.Ok;
            },
            cancellation));
        return verb;
    }
}
