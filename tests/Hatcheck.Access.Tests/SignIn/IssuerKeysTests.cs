using System.Text.Json.Nodes;
using Hatcheck.Access.SignIn;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.SignIn;

namespace Hatcheck.Access.Tests.SignIn;

/// <summary>An issuer's keys: fetched, cached, and never requested too often.</summary>
public sealed class IssuerKeysTests(OnSqlite database) : IClassFixture<OnSqlite>
{
    private const string Jwks = "/jwks";
    private const string NoKeyId = """{"alg":"RS256"}""";

    [Fact]
    public async Task A_new_key_is_taken_up_at_once_and_a_withdrawn_one_within_the_hour()
    {
        await using var world = await SignInWorld.StartAsync(database);
        (await StatusAsync(world, world.Forge.Good())).ShouldBe(200);
        var next = new TokenForge(world.People.Url, SignInWorld.Audience, world.Time);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        world.People.Keys = [next.PublicKey("key-2")];
        (await StatusAsync(world, next.Good(keyId: "key-2"))).ShouldBe(200);
        (await StatusAsync(world, world.Forge.Good())).ShouldBe(401);
        world.People.Keys = [next.PublicKey("key-3")];
        world.Time.Advance(DiscoveredKeys.FreshFor);
        // The hourly fetch happens behind this request, which is served by the old keys.
        (await StatusAsync(world, next.Good(keyId: "key-2"))).ShouldBe(200);
        while (world.People.Requests.Count(path => path == Jwks) < 3)
            await Task.Delay(10);
        await Eventually(async () => await StatusAsync(world, next.Good(keyId: "key-2")) == 401);
    }

    [Fact]
    public async Task An_issuer_that_names_no_keys_changes_them_without_an_outage_too()
    {
        await using var world = await SignInWorld.StartAsync(database);
        var next = new TokenForge(world.People.Url, SignInWorld.Audience, world.Time);
        static JsonObject Nameless(TokenForge forge)
        {
            var key = forge.PublicKey();
            key.Remove("kid");
            return key;
        }

        world.People.Keys = [Nameless(world.Forge)];
        (await StatusAsync(world, world.Forge.WithHeader(NoKeyId))).ShouldBe(200);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        world.People.Keys = [Nameless(next)];
        (await StatusAsync(world, next.WithHeader(NoKeyId))).ShouldBe(200);
        // Nor can this flood the issuer: with or without a key id, at most one fetch a minute.
        for (var i = 0; i < 10; i++)
        {
            (await StatusAsync(world, world.Forge.WithHeader(NoKeyId))).ShouldBe(401);
            (await StatusAsync(world, world.Forge.Good(keyId: $"made-up-{i}"))).ShouldBe(401);
        }

        world.People.Requests.Count(path => path == Jwks).ShouldBe(2);
    }

    [Fact]
    public async Task Made_up_key_ids_ask_the_issuer_once_a_minute_however_many_they_are()
    {
        await using var world = await SignInWorld.StartAsync(database);
        (await StatusAsync(world, world.Forge.Good())).ShouldBe(200);
        for (var minute = 1; minute <= 3; minute++)
        {
            world.Time.Advance(TimeSpan.FromMinutes(1));
            var answers = await Task.WhenAll(
                Enumerable.Range(0, 100).Select(i => StatusAsync(world, world.Forge.Good(keyId: $"made-up-{i}")))
            );
            answers.ShouldAllBe(status => status == 401);
            world.People.Requests.Count(path => path == Jwks).ShouldBe(1 + minute);
        }

        // No fetch for tokens that cannot be valid: wrong algorithm, no subject, another issuer.
        world.Time.Advance(TimeSpan.FromMinutes(1));
        foreach (
            var token in new[]
            {
                world.Forge.WithHeader("""{"alg":"HS256","kid":"x"}"""),
                world.Forge.With("sub", null),
                world.Forge.With("iss", "\"https://evil.example\""),
            }
        )
            (await StatusAsync(world, token)).ShouldBe(401);
        world.People.Requests.Count(path => path == Jwks).ShouldBe(4);
    }

    [Fact]
    public async Task While_the_issuer_is_away_its_keys_serve_for_a_day_and_then_nobody_can_tell()
    {
        await using var world = await SignInWorld.StartAsync(database);
        (await StatusAsync(world, world.Forge.Good())).ShouldBe(200);
        world.People.Instead = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        for (var hour = 1; hour < 24; hour++)
        {
            world.Time.Advance(TimeSpan.FromHours(1));
            (await StatusAsync(world, world.Forge.Good())).ShouldBe(200);
        }

        world.Time.Advance(TimeSpan.FromHours(1));
        using var refused = await world.Node.Client(world.Forge.Good()).GetAsync("/me");
        refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(5));
        await Task.FromResult(refused).ShouldFailAsync(503, ProblemCodes.IssuerAway);
        world.Node.Log.ToString().ShouldContain("can't be fetched");
        // Another issuer's tokens and keys are unaffected.
        (await StatusAsync(world, world.OthersForge.Good())).ShouldBe(200);
        world.People.Instead = null;
        world.Time.Advance(DiscoveredKeys.Pause);
        (await StatusAsync(world, world.Forge.Good())).ShouldBe(200);
    }

    [Fact]
    public async Task An_issuer_that_was_away_at_the_start_is_asked_again_soon()
    {
        await using var world = await SignInWorld.StartAsync(database);
        world.People.Instead = context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        for (var i = 0; i < 20; i++)
            (await StatusAsync(world, world.Forge.Good())).ShouldBe(503);
        world.People.Requests.Count.ShouldBe(1);
        world.People.Instead = null;
        world.Time.Advance(DiscoveredKeys.FirstPause);
        (await StatusAsync(world, world.Forge.Good())).ShouldBe(200);
    }

    [Theory]
    [InlineData("another issuer", """{"issuer":"https://other.example","jwks_uri":"URL/jwks"}""")]
    [InlineData("no issuer", """{"jwks_uri":"URL/jwks"}""")]
    [InlineData("issuer with a slash", """{"issuer":"URL/","jwks_uri":"URL/jwks"}""")]
    [InlineData("no key set", """{"issuer":"URL"}""")]
    [InlineData("key set over http", """{"issuer":"URL","jwks_uri":"http://keys.example/jwks"}""")]
    [InlineData("key set in a file", """{"issuer":"URL","jwks_uri":"file:///etc/passwd"}""")]
    [InlineData("key set that is not there", """{"issuer":"URL","jwks_uri":"URL/elsewhere"}""")]
    public async Task A_discovery_document_that_is_not_the_issuers_gives_no_keys(string _, string document)
    {
        await using var world = await SignInWorld.StartAsync(database);
        world.People.Discovery = JsonNode.Parse(document.Replace("URL", world.People.Url))!.AsObject();
        (await StatusAsync(world, world.Forge.Good())).ShouldBe(503);
    }

    [Fact]
    public async Task Redirections_are_not_followed_and_endless_or_senseless_answers_give_no_keys()
    {
        await using var elsewhere = await FakeIssuer.StartAsync();
        Func<Microsoft.AspNetCore.Http.HttpContext, Task>[] answers =
        [
            context =>
            {
                context.Response.Redirect($"{elsewhere.Url}{context.Request.Path}");
                return Task.CompletedTask;
            },
            async context =>
            {
                var block = new byte[64 * 1024];
                Array.Fill(block, (byte)' ');
                for (var i = 0; i < 8 && !context.RequestAborted.IsCancellationRequested; i++)
                    await context.Response.Body.WriteAsync(block);
            },
            context => context.Response.Body.WriteAsync("<html>"u8.ToArray()).AsTask(),
            context => context.Response.Body.WriteAsync("[]"u8.ToArray()).AsTask(),
            context => context.Response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes(new string('[', 5000))).AsTask(),
        ];
        foreach (var answer in answers)
        {
            await using var world = await SignInWorld.StartAsync(database);
            world.People.Instead = answer;
            (await StatusAsync(world, world.Forge.Good())).ShouldBe(503);
        }

        elsewhere.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Keys_that_are_no_public_signing_keys_are_left_out()
    {
        await using var world = await SignInWorld.StartAsync(database);
        using var small = System.Security.Cryptography.RSA.Create(1024);
        var symmetric = new JsonObject
        {
            ["kty"] = "oct",
            ["kid"] = "oct",
            ["alg"] = "HS256",
            ["k"] = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA",
        };
        var forEncryption = world.Forge.PublicKey("enc");
        forEncryption["use"] = "enc";
        var otherAlgorithm = world.Forge.PublicKey("rs512");
        otherAlgorithm["alg"] = "RS512";
        var weak = new JsonObject
        {
            ["kty"] = "RSA",
            ["kid"] = "weak",
            ["n"] = System.Buffers.Text.Base64Url.EncodeToString(small.ExportParameters(false).Modulus),
            ["e"] = "AQAB",
        };
        world.People.Keys =
        [
            "text",
            new JsonObject { ["kty"] = "RSA", ["kid"] = "empty" },
            new JsonObject
            {
                ["kty"] = "EC",
                ["crv"] = "P-0",
                ["x"] = "AA",
                ["y"] = "AA",
            },
            symmetric,
            forEncryption,
            otherAlgorithm,
            weak,
            world.Forge.PublicKey(),
        ];
        (await StatusAsync(world, world.Forge.Good())).ShouldBe(200);
        foreach (var keyId in new[] { "enc", "rs512" })
            (await StatusAsync(world, world.Forge.Good(keyId: keyId))).ShouldBe(401, keyId);
        (
            await StatusAsync(
                world,
                world.Forge.RsaSigned(
                    world.Forge.Header(keyId: "weak").ToJsonString(),
                    world.Forge.Payload().ToJsonString(),
                    small
                )
            )
        ).ShouldBe(401);
        var secret = "secret-secret-secret-secret-secret"u8.ToArray();
        (
            await StatusAsync(
                world,
                TokenForge.HmacSigned("""{"alg":"HS256","kid":"oct"}""", world.Forge.Payload().ToJsonString(), secret)
            )
        ).ShouldBe(401);
    }

    private static async Task<int> StatusAsync(SignInWorld world, string token)
    {
        using var http = world.Node.Client(token);
        using var response = await http.GetAsync("/me");
        return (int)response.StatusCode;
    }

    private static async Task Eventually(Func<Task<bool>> holds)
    {
        while (!await holds())
            await Task.Delay(10, TestContext.Current.CancellationToken);
    }
}
