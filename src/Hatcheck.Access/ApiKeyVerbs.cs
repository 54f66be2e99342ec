using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Hatcheck.Access.Staff;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Access;

internal static class ApiKeyVerbs
{
    public static VerbGroup Of(IVerbHost host) =>
        new("apikeys", [Add(host), List(host), Revoke(host)])
        {
            Description =
                "Adds, lists and revokes the API keys of a tenant. Two live keys may share a name: the old and the new of a "
                + "rotation.",
            Examples = ["hatcheck apikeys add --name bot", "hatcheck apikeys list music", "hatcheck apikeys revoke 0b5c7a36-…"],
        };

    private static TenantVerb Add(IVerbHost host)
    {
        var name = new Option<string>("--name")
        {
            Description = "What the key is for, such as bot: 1 to 64 of a-z 0-9 . _ -",
            Required = true,
        };
        var ofService = new BuiltInRoles(host.Permissions).Get(BuiltInRole.Service).Permissions;
        var others = host.Permissions.Names.Except(ofService, StringComparer.Ordinal);
        var scopes = new Option<string[]>("--scopes")
        {
            Description =
                $"What the key may do; default: the role service's {string.Join(' ', ofService)}. There are also "
                + $"{string.Join(' ', others)}.",
            AllowMultipleArgumentsPerToken = true,
            HelpName = "SCOPE",
        };
        var expires = new Option<TimeSpan?>("--expires")
        {
            Description = "When the key expires, such as 90d, 12h or 30m from now. Default never.",
            CustomParser = Life,
            HelpName = "90d",
        };
        var verb = TenantVerb.WithArgument(
            host,
            "add",
            "Creates a key and prints it, once: only its hash is stored.",
            "hatcheck apikeys add --name bot",
            "hatcheck apikeys add music --name report --scopes users:read usage:read --expires 90d",
            "hatcheck apikeys add --name bot > bot.key     only the key goes to the file"
        );
        verb.Add(name);
        verb.Add(scopes);
        verb.Add(expires);
        verb.Does(
            async (run, stop) =>
            {
                var wanted = run.Words(scopes);
                AccessInput.EnsurePermissions(wanted, host.Permissions, "--scopes");
                var by = Grantor.Operator(run.Tenant.Id, run.Terminal.Operator);
                var added = await run.Get<ApiKeys>()
                    .AddAsync(by, run.Value(name), wanted.Count == 0 ? ofService : wanted, run.Value(expires), demo: false, stop);
                var created = added.OrThrow();
                run.Line(created, AccessVerbJson.Default.CreatedApiKey, created.Key);
                run.Hint("This is the only time that the key is shown. The bot sends it as `Authorization: Bearer …`.");
                return ExitCode.Ok;
            }
        );
        return verb;
    }

    private static TenantVerb List(IVerbHost host)
    {
        var verb = TenantVerb.WithArgument(
            host,
            "list",
            "Lists a tenant's keys: the last four characters, what they may do, when they were last used.",
            "hatcheck apikeys list",
            "hatcheck apikeys list music --json"
        );
        verb.Does(
            async (run, stop) =>
            {
                var keys = await run.Get<ApiKeys>().ListAsync(run.Tenant.Id, stop);
                var now = run.Get<TimeProvider>().GetUtcNow();
                return run.Table(
                    keys,
                    AccessVerbJson.Default.ListApiKeyView,
                    ["id", "name", "ends in", "state", "last used", "permissions"],
                    keys.Select(key =>
                        (string[])
                            [
                                $"{key.Id}",
                                key.Name,
                                key.Hint,
                                State(key, now),
                                key.LastUsedAt is { } at ? $"{at:u}" : "never",
                                string.Join(' ', key.Scopes),
                            ]
                    )
                );
            }
        );
        return verb;
    }

    private static TenantVerb Revoke(IVerbHost host)
    {
        var key = Verb.Id("key", "a key's", "`hatcheck apikeys list` shows it");
        var verb = TenantVerb.WithArgument(
            host,
            "revoke",
            "Revokes a key at once, on every node.",
            "hatcheck apikeys revoke 0b5c7a36-5f0e-4d53-9f0f-0f8f4a3a2f11",
            "hatcheck apikeys revoke music 0b5c7a36-5f0e-4d53-9f0f-0f8f4a3a2f11"
        );
        verb.Add(key);
        verb.Does(
            async (run, stop) =>
            {
                var by = Grantor.Operator(run.Tenant.Id, run.Terminal.Operator);
                var id = (await run.Get<ApiKeys>().RevokeAsync(by, run.Value(key), stop)).OrThrow();
                return run.Done(
                    new RevokedApiKey(id, Revoked: true),
                    AccessVerbJson.Default.RevokedApiKey,
                    "Revoked: the key no longer works."
                );
            }
        );
        return verb;
    }

    private static string State(ApiKeyView key, DateTimeOffset now) =>
        key switch
        {
            { RevokedAt: { } at } => $"revoked {at:u}",
            { ExpiresAt: { } at } when at <= now => $"expired {at:u}",
            { ExpiresAt: { } at } => $"until {at:u}",
            _ => "live",
        };

    private static TimeSpan? Life(ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (
            text.Length is > 1 and <= 6
            && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count > 0
        )
        {
            switch (text[^1])
            {
                case 'd':
                    return TimeSpan.FromDays(count);
                case 'h':
                    return TimeSpan.FromHours(count);
                case 'm':
                    return TimeSpan.FromMinutes(count);
            }
        }

        result.AddError("--expires takes a number of days, hours or minutes, such as 90d, 12h or 30m.");
        return null;
    }
}
