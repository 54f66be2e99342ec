using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using Hatcheck.People.Profiles;
using Hatcheck.Platform.Outbound;
using Hatcheck.ServerKit.Outbound;
using Hatcheck.ServerKit.Outbox;
using Hatcheck.ServerKit.SignIn;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Hatcheck.Tests.Outbound;

public sealed class OutboundCanaryOnSqlite(OnSqliteUnsent database)
    : OutboundCanaryTests(database),
        IClassFixture<OnSqliteUnsent>;

public sealed class OutboundCanaryOnPostgres(OnPostgresUnsent database)
    : OutboundCanaryTests(database),
        IClassFixture<OnPostgresUnsent>;

/// <summary>
/// The path of an address may be a secret, as those of webhooks are: the server calls it and tells no one, at no level, however
/// the call ends. Thrown exceptions count too, since someone may log one.
/// </summary>
public abstract class OutboundCanaryTests(TestedDatabase database)
{
    private const string Audience = "https://hatcheck.example";

    private readonly string canary = $"canary{Guid.NewGuid():N}";

    [Fact]
    public async Task No_log_span_metric_or_exception_tells_the_path_of_an_address_that_the_server_calls()
    {
        await using var peer = new RawPeer();
        using var overheard = new Overheard();
        var tenant = await database.Node.NewTenantAsync();
        foreach (var way in (string[])["good", "broken", "moved", "slow"])
            await database.Node.AddEndpointAsync(tenant, $"http://127.0.0.1:{peer.Port}/{canary}/{way}");
        string[] unreachable =
        [
            $"http://127.0.0.1:{RawPeer.ClosedPort()}",
            $"https://127.0.0.1:{peer.Port}",
            "https://nowhere.example",
        ];
        foreach (var address in unreachable)
            await database.Node.AddEndpointAsync(tenant, $"{address}/{canary}/good");
        string[] authorities =
        [
            .. new[] { "good", "broken", "keyless", "moved", "slow" }.Select(way =>
                $"http://127.0.0.1:{peer.Port}/{canary}/{way}"
            ),
            .. unreachable.Select(address => $"{address}/{canary}/issuer"),
        ];
        var forges = Array.ConvertAll(authorities, authority => new TokenForge(authority, Audience, TimeProvider.System));
        peer.Keys = new JsonObject { ["keys"] = new JsonArray(forges[0].PublicKey()) }.ToJsonString();

        await using var node = await database.StartSenderAsync(
            services => services.AddSingleton<ILoggerProvider>(overheard).AddSingleton<INameResolver, ScriptedResolver>(),
            [("Logging:Level", "Trace"), ("Outbox:Timeout", "00:00:05"), .. Issuers(authorities, tenant.Id)]
        );
        await node.TellAsync(tenant.Id, ProfileEvents.Updated, Guid.NewGuid());
        var statuses = await Task.WhenAll(
            forges.Select(async forge =>
            {
                using var http = node.Client(forge.Good());
                using var answer = await http.GetAsync(new Uri("/me", UriKind.Relative));
                return (int)answer.StatusCode;
            })
        );
        statuses.ShouldBe([200, 503, 503, 503, 503, 503, 503, 503]);
        string[] faults =
        [
            "connection.connectionerror",
            "connection.nameresolutionerror",
            "connection.secureconnectionerror",
            "status.302",
            "status.500",
            "timeout",
        ];
        await OutboxLook.UntilAsync(
            async () =>
                (await node.EntriesAsync(tenant.Id))
                    .Select(entry => entry.Fault ?? "")
                    .Distinct(StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal)
                    .SequenceEqual(faults, StringComparer.Ordinal),
            "each endpoint was tried, and all but the first fail"
        );

        foreach (var way in (string[])["good", "broken", "moved", "slow", "good/jwks", "keyless/jwks"])
            peer.Requests.ShouldContain($"/{canary}/{way}", StringComparer.Ordinal);
        foreach (var kind in (string[])["log Trace", "log Debug", "log Warning", "scope", "span", "metric", "exception"])
            overheard.HasHeard(kind).ShouldBeTrue(kind);
        overheard.With(canary).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_would_tell_it_is_heard()
    {
        await using var peer = new RawPeer();
        using var overheard = new Overheard();
        using var meter = new Meter("Hatcheck.Tests");
        using var plain = new HttpClient();
        await plain.GetAsync(new Uri($"http://127.0.0.1:{peer.Port}/{canary}/good"));
        overheard.With(canary).ShouldContain(one => one.StartsWith("span System.Net.Http", StringComparison.Ordinal));
        meter.CreateCounter<long>("calls").Add(1, new KeyValuePair<string, object?>("path", $"{canary}-tag"));
        overheard.CreateLogger("any").Log(LogLevel.Trace, default, $"{canary}-log", null, (state, _) => state);
        Should.Throw<InvalidOperationException>(() => throw new InvalidOperationException($"{canary}-thrown"));
        foreach (var (kind, text) in new[] { ("metric", "-tag"), ("log", "-log"), ("exception", "-thrown") })
            overheard.With(canary + text).ShouldHaveSingleItem().ShouldStartWith(kind);
    }

    private static IEnumerable<(string Name, string Value)> Issuers(string[] authorities, Guid tenant) =>
        authorities.SelectMany(
            (authority, at) =>
                new[]
                {
                    ("Name", $"issuer-{at}"),
                    ("Authority", authority),
                    ("Audiences:0", Audience),
                    ("Tenant", $"{tenant}"),
                    ("For", "users"),
                }.Select(setting => ($"SignIn:Issuers:{at}:{setting.Item1}", setting.Item2))
        );
}
