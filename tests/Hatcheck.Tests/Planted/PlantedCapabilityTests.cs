using System.CommandLine;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hatcheck.Cli;
using Hatcheck.Cli.Configuration;
using Hatcheck.Contracts;
using Hatcheck.Crypto;
using Hatcheck.Drill.Planting;
using Hatcheck.Drill.Search;
using Hatcheck.Drill.Sinks;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Inbox;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Hatcheck.Platform.Verbs;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.Storage;
using Hatcheck.ServerKit.Webhooks;
using Hatcheck.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Outcome = Hatcheck.Drill.Planting.Outcome;

namespace Hatcheck.Tests.Planted;

public sealed class PlantedCapabilityOnSqlite(OnSqlite database) : PlantedCapabilityTests(database), IClassFixture<OnSqlite>
{
    [Fact]
    public void Contributing_shows_the_planted_capability_as_it_is()
    {
        var source = File.ReadAllText(Repository.PathOf("tests", "Hatcheck.Tests", "Planted", "ShoesCapability.cs"))
            .ReplaceLineEndings("\n");
        var shown = source[source.IndexOf("/// <summary>", StringComparison.Ordinal)..].Trim();
        File.ReadAllText(Repository.PathOf("CONTRIBUTING.md")).ReplaceLineEndings("\n").ShouldContain($"```csharp\n{shown}\n```");
    }
}

public sealed class PlantedCapabilityOnPostgres(OnPostgres database) : PlantedCapabilityTests(database), IClassFixture<OnPostgres>
{
    protected override string Create =>
        "create table if not exists shoe_sizes "
        + "(tenant_id uuid not null, user_id uuid not null, size bytea not null, primary key (tenant_id, user_id)); "
        + "select hatcheck_protect('shoe_sizes', 'tenant'); grant select, insert, update, delete on shoe_sizes "
        + $"to {database.Settings["Database:AppRole"]}, {database.Settings["Database:MaintenanceRole"]}";
}

/// <summary>One declaration with one of each part shows up everywhere; nothing outside its folder names it.</summary>
public abstract class PlantedCapabilityTests(TestedDatabase database)
{
    private static readonly IReadOnlyList<Capability> capabilities = [.. Capabilities.All, new ShoesCapability()];

    protected virtual string Create =>
        "create table if not exists shoe_sizes "
        + "(tenant_id text not null, user_id text not null, size blob not null, primary key (tenant_id, user_id)) strict";

    [Fact]
    public async Task A_capability_that_declares_itself_shows_up_everywhere()
    {
        await database.ExecuteAsync(Create);
        var feed = await database.Node.NewTenantAsync();
        var node = await StartAsync("shoe-feed", feed.Id);
        var tenant = await node.NewTenantAsync(scopes: [.. Composition.Permissions.Names, ShoesCapability.Write]);

        // Permission and roles.
        var roles = await tenant.Http.GetAsync("/roles").ReadAsync<RoleList>();
        roles
            .Items.Where(role => role.Permissions.Contains(ShoesCapability.Write, StringComparer.Ordinal))
            .Select(role => role.Name)
            .ShouldBe(["owner", "support", "service"]);

        // Operation and tag.
        var document = JsonNode.Parse(await tenant.Http.GetStringAsync("/openapi/v1.json"))!;
        document["tags"]!.AsArray().ShouldContain(tag => (string?)tag!["name"] == "Shoes");
        var operation = document["paths"]!["/users/{id}/shoe-size"]!["put"]!;
        ((string?)operation["operationId"], (string?)operation["x-permission"]).ShouldBe(("putShoeSize", ShoesCapability.Write));

        // The endpoint and its permission.
        var (mine, theirs) = ((await tenant.Http.ResolveAsync("4711")).Id, (await tenant.Http.ResolveAsync("4712")).Id);
        foreach (var user in new[] { mine, theirs })
            (await tenant.Http.PutAsync($"/users/{user}/shoe-size?size=43", null)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        // The act: known at the start, and recorded.
        node.Services.GetRequiredService<KnownActs>().Declared.ShouldContain(ShoesCapability.Change);
        node.Services.GetRequiredService<KnownEvents>().Declared.ShouldContain(kind => kind.Name == "shoes.changed");
        await using (var behind = await database.OpenAsync())
        {
            var entries = $"select act, actor from audit_pending where user_id = {RawSql.Literal(mine)}";
            (await behind.RowsAsync(entries)).ShouldBe([$"shoes.change|key:{tenant.KeyId:N}"]);
        }

        var other = await node.NewTenantAsync();
        (await other.Http.PutAsync($"/users/{mine}/shoe-size?size=43", null)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);

        // The problem code: in answers, with its title, and as a page.
        var refused = await tenant.Http.PutAsync($"/users/{mine}/shoe-size?size=0", null);
        var problem = JsonNode.Parse(await refused.Content.ReadAsStringAsync())!;
        ((string?)problem["code"], (string?)problem["title"]).ShouldBe(
            (ShoesCapability.NoSuchSize, "There are no shoes of this size.")
        );
        (await node.Client().GetAsync((string?)problem["type"])).StatusCode.ShouldBe(HttpStatusCode.OK);

        // The verb and the setting.
        (await CountAsync(node)).ShouldBe("2");
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new("Shoes:Sorce", "feed")]).Build();
        KnownSettings
            .Unknown(settings, everything: true, KnownSettings.Of(capabilities))
            .ShouldHaveSingleItem()
            .ShouldContain("Shoes:Sorce");

        // Another tenant sees no row.
        var engine = node.Services.GetRequiredService<IEngine>();
        const string Count = "select count(*) from shoe_sizes where tenant_id = $1";
        (await engine.QueryAsync(tenant.Id, Count, [tenant.Id], row => row.Number(Field.At(0)), default)).ShouldBe([2]);
        if (database.Name == "postgres")
            (await engine.QueryAsync(other.Id, Count, [tenant.Id], row => row.Number(Field.At(0)), default)).ShouldBe([0]);

        // Summary, export, demo.
        var summary = await tenant.Http.GetAsync($"/users/{mine}/summary").ReadAsync<UserSummary>();
        summary.Sections.ShouldContain(new SummarySection("shoe_sizes", "What you wear, so that it fits.", 1));
        // No code exports it: the declaration does, and opens the cell.
        (await tenant.Http.GetStringAsync($"/users/{mine}/export")).ShouldContain(
            $"\"shoe_sizes\":[{{\"user_id\":\"{mine}\",\"size\":\"43\"}}]"
        );
        var shown = await new Hatcheck.Demo.StoredRows(
            node.Services.GetRequiredService<Database>(),
            TableInventory.Of(capabilities)
        ).ReadAsync(default);
        shown.Tables.Single(table => table.Name == "shoe_sizes").Total.ShouldBe(2);

        // Erasure reaches this user's rows alone.
        (await tenant.Http.DeleteAsync($"/users/{mine}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await database.CountOfAsync("shoe_sizes", mine), await database.CountOfAsync("shoe_sizes", theirs)).ShouldBe((0, 1));

        // Job and inbox handler.
        for (var i = 0; i < 500 && node.Services.GetRequiredService<ShoeJob>().Rounds == 0; i++)
            await Task.Delay(10);
        node.Services.GetRequiredService<ShoeJob>().Rounds.ShouldBe(1);
        await node
            .Services.GetRequiredService<InboxArrivals>()
            .TakeAsync(
                new Delivery(
                    feed.Id,
                    "shoe-feed",
                    new string('a', 64),
                    "shoe.bought",
                    new string('b', 64),
                    DateTimeOffset.UtcNow,
                    "{\"shoe\":1}"u8.ToArray()
                ),
                default
            );
        await database.DrainedAsync(feed.Id);
        node.Services.GetRequiredService<ShoeHandler>().Processed.ShouldBe(1);

        // The drill plants as declared.
        foreach (var path in document["paths"]!.AsObject().Select(pair => pair.Key).ToList())
        {
            if (path is not ("/users/resolve" or "/users/{id}/shoe-size"))
                document["paths"]!.AsObject().Remove(path);
        }

        (await PlantAsync(node, tenant, document)).ShouldContain(
            new KeyValuePair<string, Outcome>("putShoeSize query size", Outcome.Planted)
        );
    }

    private static async Task<string> CountAsync(Node node)
    {
        using var output = new StringWriter();
        var terminal = new Terminal(Stream.Null, output, TextWriter.Null, Interactive: false, 100, 1000);
        var root = new RootCommand();
        foreach (var group in HatcheckCommand.Groups(new Invocation(["shoes", "count"], terminal, node.Services), capabilities))
            root.Add(group);
        (await root.Parse(["shoes", "count"]).InvokeAsync()).ShouldBe(0);
        return output.ToString().Trim();
    }

    [Fact]
    public async Task A_check_of_a_capability_ends_the_start()
    {
        var fault = await Should.ThrowAsync<OperatorException>(() => StartAsync("shoe feed", Guid.NewGuid()));
        fault.Message.ShouldBe("Shoes:Source has no spaces.");
    }

    private async Task<Node> StartAsync(string source, Guid tenant)
    {
        (database.Settings["Shoes:Source"], database.Settings["Shoes:Tenant"]) = (source, tenant.ToString());
        try
        {
            return await database.StartNodeAsync(capabilities: capabilities);
        }
        finally
        {
            database.Settings.Remove("Shoes:Source");
            database.Settings.Remove("Shoes:Tenant");
        }
    }

    private static async Task<IReadOnlyDictionary<string, Outcome>> PlantAsync(Node node, TestTenant made, JsonNode document)
    {
        using var key = new SecretBytes(RandomNumberGenerator.GetBytes(32));
        var tenant = new PlantedTenant(
            "music",
            made.Id,
            IsBlindOnly: false,
            made.Key,
            new BlindIndexKey(key, 1, BlindIndexKey.LabelledScheme)
        );
        var book = new CanaryBook();
        using var api = new ApiClient(node.Address, new Answers());
        var operations = new ApiDocument(JsonDocument.Parse(document.ToJsonString()).RootElement);
        var planter = new Planter(operations, api, book, new Values(book, TimeProvider.System), new PlantingPlan(capabilities));
        await planter.LiveAsync(tenant, CancellationToken.None);
        return planter.Outcomes;
    }
}
