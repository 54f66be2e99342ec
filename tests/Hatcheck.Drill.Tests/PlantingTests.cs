using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hatcheck.Crypto;
using Hatcheck.Drill.Planting;
using Hatcheck.Drill.Search;
using Hatcheck.Drill.Sinks;

namespace Hatcheck.Drill.Tests;

/// <summary>
/// Nothing new can be forgotten: the drill fails on every entry of the document or the inventory that it does not exercise.
/// </summary>
public sealed class PlantingTests(OnSqlite database) : IClassFixture<OnSqlite>
{
    [Fact]
    public async Task A_string_of_the_document_that_takes_no_canary_fails_the_drill()
    {
        var document = JsonNode.Parse(await database.Node.Client().GetStringAsync("/openapi/v1.json"))!;
        var strange = JsonNode.Parse("""{"type":"string","maxLength":40}""");
        document["components"]!["schemas"]!["UsageRequest"]!["properties"]!["nickname"] = strange!.DeepClone();
        document["paths"]!["/users/{id}/shoe-size"] = JsonNode.Parse(
            """
            {"put":{"operationId":"putShoeSize","parameters":[{"name":"id","in":"path","required":true,
            "schema":{"type":"string","format":"uuid"}},{"name":"unit","in":"query",
            "schema":{"type":"string"}}]}}
            """
        );
        var report = await DrillAsync(document);

        report.Clean.ShouldBeFalse();
        foreach (var place in new[] { "appendUsage body nickname", "putShoeSize query unit" })
        {
            report.Strings.ShouldContain(text => text.Place == place && text.Outcome == "not exercised");
            report.NotExercised.ShouldContain(line => line.StartsWith(place));
        }

        // The rest of the request is still exercised: each member was tried by itself.
        foreach (
            var place in new[]
            {
                "appendUsage body action",
                "appendUsage body attributes.*",
                "appendUsage body attributes.{name}",
                "appendUsage header Idempotency-Key",
                "resolveUser body id",
            }
        )
            report.Strings.ShouldContain(text => text.Place == place && text.Outcome == "planted", place);
        report.Strings.ShouldContain(text => text.Place == "listUsage query cursor" && text.Outcome == "refused");
    }

    [Fact]
    public async Task A_kind_of_data_that_the_planted_person_has_none_of_fails_the_drill()
    {
        var document = JsonNode.Parse(await database.Node.Client().GetStringAsync("/openapi/v1.json"))!;
        document["paths"]!["/users/{id}/usage"]!.AsObject().Remove("post");
        var report = await DrillAsync(document);
        report.Inventory["identities"].ShouldBeGreaterThan(0);
        report.Inventory["usage"].ShouldBe(0);
        report.NotExercised.ShouldContain(line => line.StartsWith("usage: the data inventory has this kind"));
    }

    [Fact]
    public async Task Places_where_the_control_was_not_seen_and_empty_tables_fail_the_drill()
    {
        var report = await DrillAsync(JsonNode.Parse("""{"paths":{}}""")!);
        report.Finds.ShouldBeEmpty();
        report.Clean.ShouldBeFalse();
        foreach (var sink in new[] { SinkNames.Rows, SinkNames.Traces, SinkNames.Working })
            report.NotExercised.ShouldContain(line => line.StartsWith($"{sink}: its control marker was not found"));
        report.NotExercised.ShouldContain(line => line.StartsWith("table shoe_sizes: it was empty"));
    }

    [Theory]
    [InlineData("^[a-z0-9._-]{1,64}$")]
    [InlineData("^[0-9a-f]{64}$")]
    [InlineData("^[A-Z]{2}[0-9]{3,}(?:-[a-z]+)?$")]
    [InlineData(@"^\+[1-9]\d{6,14}$")]
    [InlineData("^(?:de|en|fr)(?:-[A-Z]{2})?$")]
    [InlineData("^[A-Za-z0-9_-]{32}$")]
    public void A_simple_pattern_is_followed(string pattern)
    {
        for (var i = 0; i < 20; i++)
            PatternText.Create(pattern).ShouldNotBeNull().ShouldMatch(pattern);
    }

    [Theory]
    [InlineData("^(?=.*[0-9])[a-z0-9]+$")]
    [InlineData("^[^a]+$")]
    [InlineData(@"^\p{L}+$")]
    public void A_pattern_that_is_not_understood_is_not_guessed_at(string pattern) => PatternText.Create(pattern).ShouldBeNull();

    [Fact]
    public void Every_leaf_of_a_document_is_a_place()
    {
        var document = new ApiDocument(
            JsonDocument
                .Parse(
                    """
                    {"paths":{"/a/{x}":{"parameters":[{"name":"x","in":"path","required":true,"schema":{"type":"string"}}],
                     "post":{"operationId":"a","parameters":[{"$ref":"#/components/parameters/C"}],
                     "requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/A"}}}}},
                     "put":{"requestBody":{"content":{"text/csv":{"schema":{"type":"string"}}}}}}},
                     "components":{"parameters":{"C":{"name":"c","in":"cookie","schema":{"type":"string"}}},
                     "schemas":{"A":{"type":"object","required":["list"],"properties":{
                       "list":{"type":"array","items":{"type":"object","properties":{"deep":{"type":"string"}}}},
                       "map":{"type":"object","additionalProperties":{"type":"array","items":{"type":"string"}}},
                       "either":{"oneOf":[{"type":"string"},{"type":"object","properties":{"one":{"type":"string"}}}]},
                       "any":{},"count":{"type":"integer"}}}}}}
                    """
                )
                .RootElement
        );
        document
            .Operations[0]
            .Places.Select(place => place.Slot)
            .ShouldBe(
                [
                    "path x",
                    "cookie c",
                    "body list[].deep",
                    "body map.{name}",
                    "body map.*[]",
                    "body either",
                    "body either.one",
                    "body any",
                    "body count",
                ],
                ignoreOrder: true
            );
        document.Operations[1].Places.Select(place => place.Key).ShouldBe(["put /a/{x} path x", "put /a/{x} body (text/csv)"]);
    }

    private async Task<DrillReport> DrillAsync(JsonNode document)
    {
        var made = await database.Node.NewTenantAsync();
        using var key = new SecretBytes(RandomNumberGenerator.GetBytes(32));
        var tenant = new PlantedTenant(
            "music",
            made.Id,
            IsBlindOnly: false,
            made.Key,
            new BlindIndexKey(key, 1, BlindIndexKey.LabelledScheme)
        );
        var book = new CanaryBook();
        var answers = new Answers();
        using var api = new ApiClient(database.Node.Address, answers);
        var planter = new Planter(
            new ApiDocument(JsonDocument.Parse(document.ToJsonString()).RootElement),
            api,
            book,
            new Values(book, TimeProvider.System),
            new PlantingPlan(Capabilities.All)
        );
        await planter.LiveAsync(tenant, CancellationToken.None);
        var results = new SearchResults();
        var searcher = new Searcher([.. book.All], new DigestSet(), results);
        return new Verdict(book, results, planter, [tenant], ["shoe_sizes"], Composition.Tables, new DrillOptions()).Report(
            "SQLite",
            isPostgres: false,
            DateTimeOffset.UnixEpoch,
            TimeSpan.Zero,
            answers.Count,
            searcher
        );
    }
}
