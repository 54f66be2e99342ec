using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Hatcheck.Server.Access;
using Hatcheck.Server.Access.Staff;
using Hatcheck.Server.Platform.Http;

namespace Hatcheck.Server.Cli;

internal static class ApiKeysCommand
{
    public static Command Create(Invocation invocation) => new Verb(
        "apikeys",
        "Adds, lists and revokes the API keys of a tenant. Two live keys may have one name: the old and the new of a rotation.",
        "hatcheck apikeys add music --name bot",
        "hatcheck apikeys list music",
        "hatcheck apikeys revoke music 0b5c7a36-…")
    {
        Add(invocation),
        List(invocation),
        Revoke(invocation),
    };

    private static Argument<string> TenantArgument() => new("tenant") { Description = "Its id, or its name if no other tenant has it." };

    private static Verb Add(Invocation invocation)
    {
        var tenant = TenantArgument();
        var name = new Option<string>("--name") { Description = "What the key is for, as bot: 1 to 64 of a-z 0-9 . _ -", Required = true };
        var usual = new BuiltInRoles(Composition.Permissions).Get(BuiltInRole.Service).Permissions;
        var others = Composition.Permissions.Names.Except(usual, StringComparer.Ordinal);
        var scopes = new Option<string[]>("--scopes")
        {
            Description =
                $"What it may do; default those of the role service: {string.Join(' ', usual)}. There are also {string.Join(' ', others)}.",
            AllowMultipleArgumentsPerToken = true,
            HelpName = "SCOPE",
        };
        var expires = new Option<TimeSpan?>("--expires") { Description = "When it stops working, as 90d, 12h or 30m from now. Default never.", CustomParser = Life, HelpName = "90d" };
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var verb = new Verb(
            "add",
            "Makes a key and prints it, once: only its hash is stored.",
            "hatcheck apikeys add music --name bot",
            "hatcheck apikeys add music --name report --scopes users:read usage:read --expires 90d",
            "hatcheck apikeys add music --name bot > bot.key     only the key goes to the file") { tenant, name, scopes, expires, json };
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var owner = await services.GetRequiredService<Tenants>().FindAsync(parsed.GetValue(tenant)!, stop);
                var wanted = (parsed.GetValue(scopes) ?? []).SelectMany(text => text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries)).ToList();
                var added = await services.GetRequiredService<ApiKeys>().AddAsync(
                    Grantor.Operator(owner.Id, invocation.Terminal.Operator), parsed.GetValue(name)!, wanted.Count == 0 ? usual : wanted, parsed.GetValue(expires), demo: false, stop);
                var made = added.OrThrow();
                if (parsed.GetValue(json)) invocation.Terminal.WriteJson(made, CliJson.Readable.MadeApiKey);
                else await invocation.Terminal.Output.WriteLineAsync(made.Key);
                await invocation.Terminal.Error.WriteLineAsync("This is the only time that the key is shown. The bot sends it as `Authorization: Bearer …`.");
                return ExitCode.Ok;
            },
            cancellation));
        return verb;
    }

    private static Verb List(Invocation invocation)
    {
        var tenant = TenantArgument();
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var verb = new Verb(
            "list",
            "Lists a tenant's keys: the last four characters, what they may do, when they were last used.",
            "hatcheck apikeys list music",
            "hatcheck apikeys list music --json") { tenant, json };
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var owner = await services.GetRequiredService<Tenants>().FindAsync(parsed.GetValue(tenant)!, stop);
                var keys = await services.GetRequiredService<ApiKeys>().ListAsync(owner.Id, stop);
                if (parsed.GetValue(json))
                {
                    invocation.Terminal.WriteJson(keys, CliJson.Readable.ListApiKeyView);
                    return ExitCode.Ok;
                }

                var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
                invocation.Terminal.WriteTable(
                    ["id", "name", "ends in", "state", "last used", "may"],
                    keys.Select(key => (string[])[$"{key.Id}", key.Name, key.Hint, State(key, now), key.LastUsedAt is { } at ? $"{at:u}" : "never", string.Join(' ', key.Scopes)]));
                return ExitCode.Ok;
            },
            cancellation));
        return verb;
    }

    private static Verb Revoke(Invocation invocation)
    {
        var tenant = TenantArgument();
        var key = new Argument<Guid>("key") { Description = "The key's id, from `apikeys list`." };
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var verb = new Verb("revoke", "Ends a key at once, on every node.", "hatcheck apikeys revoke music 0b5c7a36-5f0e-4d53-9f0f-0f8f4a3a2f11") { tenant, key, json };
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var owner = await services.GetRequiredService<Tenants>().FindAsync(parsed.GetValue(tenant)!, stop);
                var id = parsed.GetValue(key);
                (await services.GetRequiredService<ApiKeys>().RevokeAsync(Grantor.Operator(owner.Id, invocation.Terminal.Operator), id, stop)).OrThrow();
                if (parsed.GetValue(json)) invocation.Terminal.WriteJson(new RevokedApiKey(id, Revoked: true), CliJson.Readable.RevokedApiKey);
                else await invocation.Terminal.Error.WriteLineAsync("Revoked: it opens nothing any more.");
                return ExitCode.Ok;
            },
            cancellation));
        return verb;
    }

    private static string State(ApiKeyView key, DateTimeOffset now) => key switch
    {
        { RevokedAt: { } at } => $"revoked {at:u}",
        { ExpiresAt: { } at } when at <= now => $"expired {at:u}",
        { ExpiresAt: { } at } => $"until {at:u}",
        _ => "live",
    };

    private static TimeSpan? Life(ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (text.Length is > 1 and <= 6 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0)
        {
            switch (text[^1])
            {
                case 'd': return TimeSpan.FromDays(count);
                case 'h': return TimeSpan.FromHours(count);
                case 'm': return TimeSpan.FromMinutes(count);
            }
        }

        result.AddError("--expires takes a number of days, hours or minutes, as 90d, 12h or 30m.");
        return null;
    }
}
