using Hatcheck.People.Profiles;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Webhooks;
using Hatcheck.ServerKit.Limits;
using Hatcheck.ServerKit.Outbox;
using Hatcheck.ServerKit.Storage;
using Hatcheck.ServerKit.Webhooks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Hatcheck.Tests.Outbox;

public sealed class OutboxSecretsOnSqlite(OnSqliteUnsent database) : OutboxSecretTests(database), IClassFixture<OnSqliteUnsent>;

public sealed class OutboxSecretsOnPostgres(OnPostgresUnsent database)
    : OutboxSecretTests(database),
        IClassFixture<OnPostgresUnsent>;

/// <summary>Faults between a lease and its delivery: a sleeping node, secrets that can't be opened.</summary>
public abstract class OutboxSecretTests(TestedDatabase database)
{
    /// <summary>Replaces a secret by a valid cell of another place.</summary>
    private const string Spoil =
        "update outbox_secrets set secret = (select e.target from outbox_endpoints e "
        + "where e.tenant_id = outbox_secrets.tenant_id and e.endpoint_id = outbox_secrets.endpoint_id) where endpoint_id = ";

    [Fact]
    public async Task A_node_that_sleeps_between_its_lease_and_the_delivery_sends_nothing_when_it_wakes()
    {
        await using var receiver = await Receiver.StartAsync();
        var tenant = await database.Node.NewTenantAsync();
        await database.Node.AddEndpointAsync(tenant, receiver.Address);
        await database.Node.TellAsync(tenant.Id, ProfileEvents.Deleted, Guid.NewGuid());
        var sleeper = await database.StartNodeAsync();
        var (asleep, awake) = (new TaskCompletionSource(), new TaskCompletionSource());
        var engine = new CountingEngine(sleeper.Services.GetRequiredService<IEngine>())
        {
            BeforeAnswer = async sql =>
            {
                if (!sql.Contains("lease_id = $2", StringComparison.Ordinal) || !asleep.TrySetResult())
                    return;
                await awake.Task;
            },
        };
        var options = Options.Create(new OutboxOptions { Timeout = TimeSpan.FromSeconds(1), Lease = TimeSpan.FromSeconds(2) });
        var data = sleeper.Services.GetRequiredService<Database>();
        using var queue = new OutboxQueue(engine, data, options);
        using var worker = new OutboxWorker(
            queue,
            data,
            sleeper.Services.GetRequiredService<PersonVaults>(),
            sleeper.Services.GetServices<IOutboxSender>(),
            options,
            sleeper.Services.GetRequiredService<ILogger<OutboxWorker>>()
        );
        await worker.StartAsync(default);
        await asleep.Task.WaitAsync(TimeSpan.FromMinutes(2));
        await using (await database.StartSenderAsync(null, ("Outbox:Timeout", "00:00:01"), ("Outbox:Lease", "00:00:02")))
            await database.SentAsync(tenant.Id);
        awake.SetResult();
        await OutboxLook.UntilAsync(
            () => sleeper.Log.ToString().Contains("had passed to another node", StringComparison.Ordinal),
            "it says so",
            seconds: 60
        );
        await worker.StopAsync(default);
        receiver.Ledger.ShouldHaveSingleItem();
        (await database.CountAsync("outbox", tenant.Id, "state = 'delivered' and attempts = 2")).ShouldBe(1);
    }

    [Fact]
    public async Task An_old_secret_that_nothing_opens_does_not_keep_the_new_one_from_signing()
    {
        await using var receiver = await Receiver.StartAsync();
        var (tenant, endpoint, old, rotated) = await RotatedAsync(receiver);
        await database.ExecuteAsync($"{Spoil}{RawSql.Literal(endpoint)} and ends_at is not null");
        await using var sender = await database.StartSenderAsync();
        await database.SentAsync(tenant.Id);
        receiver.Acknowledged.ShouldHaveSingleItem().SignedBy(old, rotated).ShouldBe([1]);
        var webhooks = sender.Services.GetServices<IOutboxSender>().Single(one => one.Kind == WebhookSender.KindName);
        var endpoints = sender.Services.GetRequiredService<OutboxEndpoints>();
        (await endpoints.SendAsync(tenant.Id, endpoint, webhooks, "test", default)).ShouldBe(new SendResult.Delivered());
        receiver.Acknowledged[^1].SignedBy(old, rotated).ShouldBe([1]);
    }

    [Fact]
    public async Task Without_its_newest_secret_an_event_is_not_sent_and_waits()
    {
        await using var receiver = await Receiver.StartAsync();
        var (tenant, endpoint, _, _) = await RotatedAsync(receiver);
        await database.ExecuteAsync($"{Spoil}{RawSql.Literal(endpoint)} and ends_at is null");
        await using var sender = await database.StartSenderAsync();
        OutboxEntry entry = null!;
        await OutboxLook.UntilAsync(
            async () => (entry = (await sender.EntriesAsync(tenant.Id)).Single()).Fault is not null,
            "it fails",
            seconds: 60
        );
        (entry.State, entry.Fault).ShouldBe((OutboxRow.Pending, "endpoint.cannot_open"));
        receiver.Ledger.ShouldBeEmpty();
    }

    /// <summary>An endpoint with two signing secrets and one waiting event.</summary>
    private async Task<(TestTenant Tenant, Guid Endpoint, string Old, string Rotated)> RotatedAsync(Receiver receiver)
    {
        var tenant = await database.Node.NewTenantAsync();
        var (endpoint, old) = await database.Node.AddEndpointAsync(tenant, receiver.Address);
        var (secret, _) = await database
            .Node.Services.GetRequiredService<OutboxEndpoints>()
            .RotateAsync(tenant.Id, endpoint, atOnce: false, OutboxLook.Someone, default);
        using (secret)
        {
            await database.Node.TellAsync(tenant.Id, ProfileEvents.Deleted, Guid.NewGuid());
            return (tenant, endpoint, old, WebhookSignature.Text(secret));
        }
    }
}
