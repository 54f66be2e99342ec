using System.CommandLine;
using System.Text.Json.Serialization;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Outbound;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Platform.Webhooks;

/// <summary>An endpoint's secret, shown only once.</summary>
/// <param name="Id">The endpoint.</param>
/// <param name="Secret">The secret as <c>whsec_…</c>.</param>
/// <param name="OthersEndAt">When earlier secrets stop signing; null where there are none.</param>
internal sealed record ShownSecret(Guid Id, string Secret, DateTimeOffset? OthersEndAt = null);

/// <summary>The result of <c>webhooks pause</c>, <c>enable</c>, <c>remove</c> and <c>test</c>.</summary>
/// <param name="Id">The endpoint.</param>
/// <param name="Done">The verb.</param>
/// <param name="Fault">Why a test failed, as a code.</param>
internal sealed record EndpointDone(Guid Id, string Done, string? Fault = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<OutboxEndpoint>))]
[JsonSerializable(typeof(ShownSecret))]
[JsonSerializable(typeof(EndpointDone))]
internal sealed partial class EndpointVerbJson : JsonSerializerContext;

/// <summary>Verbs for the addresses to which a tenant's events are sent as webhooks.</summary>
internal static class EndpointVerbs
{
    private const string Endpoint = "0198f2c4-5e0b-7c1e-9a52-4b8f0f6b7a11";
    private const string Recorded = "Recorded with the number of your account.";

    public static VerbGroup Of(IVerbHost host) =>
        new(
            "webhooks",
            [
                Add(host),
                List(host),
                Rotate(host),
                Act(
                    host,
                    "pause",
                    "Sends nothing until it is enabled; events are kept, and wait.",
                    "Paused.",
                    (all, tenant, id, actor, stop) => all.PauseAsync(tenant, id, actor, stop)
                ),
                Act(
                    host,
                    "enable",
                    "Resumes an endpoint that was paused, or switched off by its receiver (410).",
                    "Enabled.",
                    (all, tenant, id, actor, stop) => all.EnableAsync(tenant, id, actor, stop)
                ),
                Act(
                    host,
                    "remove",
                    "Removes an endpoint, its secrets, and all its events.",
                    "Removed.",
                    (all, tenant, id, actor, stop) => all.RemoveAsync(tenant, id, actor, stop)
                ),
                Test(host),
            ]
        )
        {
            Description = "Adds, lists, changes and tests the addresses that a tenant's events are sent to.",
            Examples =
            [
                "hatcheck webhooks add https://hooks.example.org/hatcheck",
                "hatcheck webhooks list",
                "hatcheck webhooks rotate 0198…",
            ],
        };

    private static TenantVerb Add(IVerbHost host)
    {
        var address = new Argument<string>("address")
        {
            Description = "Where to send: https, or http in a network that Outbound:AllowedNetworks declares.",
        };
        var events = new Option<string[]>("--events")
        {
            Description = "Only these, such as user.deleted,user.erased. Default: all, including those of later versions.",
            AllowMultipleArgumentsPerToken = true,
        };
        var verb = TenantVerb.WithOption(
            host,
            "add",
            $"Adds an address, and prints its signing secret, once. {Recorded}",
            "hatcheck webhooks add https://hooks.example.org/hatcheck",
            "hatcheck webhooks add https://hooks.example.org/hatcheck --events user.deleted,user.erased --tenant music --json"
        );
        verb.Add(address);
        verb.Add(events);
        verb.Does(
            async (run, stop) =>
            {
                var text = run.Value(address);
                if (WebhookAddress.FaultOf(text, run.Get<OutboundNetworks>()) is { } fault)
                    throw new OperatorException(fault);
                var names = Known(run.Words(events), run.Get<KnownEvents>());
                var (id, secret) = await run.Get<OutboxEndpoints>()
                    .AddAsync(
                        run.Tenant.Id,
                        WebhookSender.KindName,
                        text,
                        new Uri(text).IdnHost,
                        names,
                        run.Terminal.Operator,
                        stop
                    );
                using (secret)
                    return Show(run, new(id, WebhookSignature.Text(secret)), $"Endpoint {id}. This is its secret, shown once:");
            }
        );
        return verb;
    }

    private static TenantVerb List(IVerbHost host)
    {
        var verb = TenantVerb.WithArgument(
            host,
            "list",
            "Lists a tenant's endpoints; of an address only the host is shown.",
            "hatcheck webhooks list",
            "hatcheck webhooks list music --json"
        );
        verb.Does(
            async (run, stop) =>
            {
                var all = await run.Get<OutboxEndpoints>().ListAsync(run.Tenant.Id, stop);
                var endpoints = all.FindAll(one => one.Kind == WebhookSender.KindName);
                return run.Table(
                    endpoints,
                    EndpointVerbJson.Default.IReadOnlyListOutboxEndpoint,
                    ["id", "host", "events", "state", "waiting", "dead", "secrets", "added"],
                    endpoints.Select(one =>
                        (string[])
                            [
                                $"{one.Id}",
                                one.Host,
                                string.Join(' ', one.Events),
                                one.State,
                                $"{one.Waiting}",
                                $"{one.Dead}",
                                $"{one.Secrets}",
                                $"{one.CreatedAt:u}",
                            ]
                    )
                );
            }
        );
        return verb;
    }

    private static TenantVerb Rotate(IVerbHost host)
    {
        var endpoint = EndpointArgument();
        var atOnce = new Option<bool>("--at-once")
        {
            Description = "Ends the earlier secrets now, because one leaked. Default: after Outbox:RotationGrace, a day.",
        };
        var verb = TenantVerb.WithOption(
            host,
            "rotate",
            $"Creates a new secret and prints it, once. Both sign until the old one ends. {Recorded}",
            $"hatcheck webhooks rotate {Endpoint}",
            $"hatcheck webhooks rotate {Endpoint} --at-once --tenant music"
        );
        verb.Add(endpoint);
        verb.Add(atOnce);
        verb.Does(
            async (run, stop) =>
            {
                var id = run.Value(endpoint);
                var (secret, end) = await run.Get<OutboxEndpoints>()
                    .RotateAsync(run.Tenant.Id, id, run.Value(atOnce), run.Terminal.Operator, stop);
                var said = $"Earlier secrets sign until {end:u}. This is the new one, shown once:";
                using (secret)
                    return Show(run, new(id, WebhookSignature.Text(secret), end), said);
            }
        );
        return verb;
    }

    private static TenantVerb Act(
        IVerbHost host,
        string name,
        string description,
        string said,
        Func<OutboxEndpoints, Guid, Guid, Actor, CancellationToken, Task> act
    )
    {
        var endpoint = EndpointArgument();
        var verb = TenantVerb.WithOption(
            host,
            name,
            $"{description} {Recorded}",
            $"hatcheck webhooks {name} {Endpoint}",
            $"hatcheck webhooks {name} {Endpoint} --tenant music"
        );
        verb.Add(endpoint);
        verb.Does(
            async (run, stop) =>
            {
                var id = run.Value(endpoint);
                await act(run.Get<OutboxEndpoints>(), run.Tenant.Id, id, run.Terminal.Operator, stop);
                return run.Done(new EndpointDone(id, name), EndpointVerbJson.Default.EndpointDone, said);
            }
        );
        return verb;
    }

    private static TenantVerb Test(IVerbHost host)
    {
        var endpoint = EndpointArgument();
        var verb = TenantVerb.WithOption(
            host,
            "test",
            "Sends an event named webhook.test now, bypassing the outbox, and reports the result.",
            $"hatcheck webhooks test {Endpoint}",
            $"hatcheck webhooks test {Endpoint} --tenant music --json"
        );
        verb.Add(endpoint);
        verb.Does(
            async (run, stop) =>
            {
                var id = run.Value(endpoint);
                var result = await run.Get<OutboxEndpoints>()
                    .SendAsync(run.Tenant.Id, id, run.Get<WebhookSender>(), "webhook.test", stop);
                var fault = result switch
                {
                    SendResult.Refused refused => refused.Fault,
                    SendResult.Again again => again.Fault,
                    SendResult.Gone gone => gone.Fault,
                    _ => null,
                };
                run.Done(
                    new EndpointDone(id, "test", fault),
                    EndpointVerbJson.Default.EndpointDone,
                    fault is null ? "The receiver acknowledged it." : $"The receiver did not acknowledge it: {fault}."
                );
                return fault is null ? ExitCode.Ok : ExitCode.Failed;
            }
        );
        return verb;
    }

    // Only the secret goes to standard output, so that it can be redirected into a file.
    private static int Show(TenantRun run, ShownSecret shown, string said)
    {
        if (!run.Json)
            run.Hint(said);
        return run.Line(shown, EndpointVerbJson.Default.ShownSecret, shown.Secret);
    }

    private static IReadOnlyList<string> Known(IReadOnlyList<string> words, KnownEvents known)
    {
        if (words.Count == 0)
            return [OutboxEndpoints.AllEvents];
        var names = known.Declared.Select(kind => kind.Name).ToList();
        var unknown = words.FirstOrDefault(word => !names.Contains(word, StringComparer.Ordinal));
        if (unknown is null)
            return [.. words.Distinct(StringComparer.Ordinal)];
        throw new UsageException($"There is no such event.{Nearest.Ask(unknown, names)} There are: {string.Join(", ", names)}.");
    }

    private static Argument<Guid> EndpointArgument() => Verb.Id("endpoint", "an endpoint's", "`hatcheck webhooks list` shows it");
}
