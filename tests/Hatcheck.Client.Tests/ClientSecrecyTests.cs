using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Hatcheck.Contracts;
using Hatcheck.Crypto;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hatcheck.Client.Tests;

public sealed class ClientSecrecyTests : IDisposable
{
    private const long Telegram = 723_456_789;
    private static readonly Guid User = new("11111111-1111-1111-1111-111111111111");
    private readonly ScriptedHatcheck server = new();

    public void Dispose() => server.Dispose();

    [Fact]
    public async Task A_refusal_names_code_status_trace_and_fields_and_nothing_of_the_request()
    {
        using var client = server
            .ExpectProblem("POST /users/resolve", HttpStatusCode.UnprocessableEntity, ProblemCodes.IdentityForm)
            .Client();

        var refusal = await Should.ThrowAsync<HatcheckException>(() => client.ResolveTelegramAsync(Telegram));

        refusal.Code.ShouldBe(ProblemCodes.IdentityForm);
        refusal.Status.ShouldBe(422);
        refusal.TraceId.ShouldBe("4bf92f3577b34da6");
        refusal.Errors["$.id"].ShouldBe(["wrong"]);
        refusal.InnerException.ShouldBeNull();
        ShouldTellNothing(refusal);
    }

    [Fact]
    public async Task An_answer_that_is_nobodys_is_not_quoted()
    {
        using var client = server
            .Expect("GET /tenant", $"<html>{Telegram} {ScriptedHatcheck.Key}")
            .Expect("GET /tenant", $$"""{"status":418,"code":"{{Telegram}} <b>","trace_id":"x y"}""", (HttpStatusCode)418)
            .Client();

        var unreadable = await Should.ThrowAsync<HatcheckException>(() => client.GetTenantAsync());
        var strange = await Should.ThrowAsync<HatcheckException>(() => client.GetTenantAsync());

        unreadable.Code.ShouldBe(ClientCodes.UnreadableAnswer);
        strange.Code.ShouldBe(ClientCodes.UnreadableAnswer);
        strange.TraceId.ShouldBeNull();
        ShouldTellNothing(unreadable);
        ShouldTellNothing(strange);
    }

    [Fact]
    public async Task A_connection_fault_does_not_pass_on_what_a_handler_wrote_into_its_exception()
    {
        using var client = server
            .Expect(
                $"GET /users/{User}",
                () =>
                    throw new HttpRequestException(
                        HttpRequestError.ConnectionError,
                        $"at /users/{User} with {ScriptedHatcheck.Key}"
                    )
            )
            .Client(maxRetries: 0);

        var outage = await Should.ThrowAsync<HatcheckUnavailableException>(() => client.GetUserAsync(User));

        outage.Code.ShouldBe(ClientCodes.Unreachable);
        outage.ToString().ShouldNotContain(User.ToString());
        ShouldTellNothing(outage);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task With_the_index_key_only_a_hash_leaves_the_process(int scheme)
    {
        using var bytes = SecretBytes.Random(32);
        using var key = new BlindIndexKey(bytes, version: 7, scheme);
        var hash = key.Compute("telegram", "user", $"{Telegram}");
        using var client = server
            .Expect("POST /users/resolve", """{"id":"11111111-1111-1111-1111-111111111111","created":true}""")
            .ExpectProblem("POST /users/find", HttpStatusCode.NotFound, ProblemCodes.UserNotFound)
            .ExpectProblem($"GET /users/by-telegram/{hash}", HttpStatusCode.NotFound, ProblemCodes.UserNotFound)
            .Client(key);

        await client.ResolveTelegramAsync(Telegram);
        (await client.FindTelegramAsync(Telegram)).ShouldBeNull();
        (await client.GetByTelegramAsync(Telegram)).ShouldBeNull();

        client.HashesIds.ShouldBeTrue();
        server.Requests[0].Body.ShouldBe($$"""{"channel":"telegram","hash":"{{hash}}","key_version":7}""");
        server.Requests[1].Body.ShouldBe(server.Requests[0].Body);
        server.Requests.ShouldAllBe(r => !$"{r.Call}{r.Body}".Contains($"{Telegram}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_id_in_place_of_a_hash_never_reaches_an_address()
    {
        using var client = server.Client();

        (await Should.ThrowAsync<ArgumentException>(() => client.GetByTelegramHashAsync($"{Telegram}"))).Message.ShouldNotContain(
            $"{Telegram}"
        );
        await Should.ThrowAsync<InvalidOperationException>(() => client.GetByTelegramAsync(Telegram));
        server.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("http://hatcheck.example", "Url")]
    [InlineData("http://10.0.0.1:8080", "Url")]
    [InlineData("ftp://127.0.0.1", "Url")]
    [InlineData("https://user:pass@hatcheck.example", "Url")]
    [InlineData("https://hatcheck.example?x=1", "Url")]
    public void An_address_that_would_show_the_key_is_refused(string url, string option)
    {
        var options = new HatcheckClientOptions { Url = new Uri(url), ApiKey = new SecretText(ScriptedHatcheck.Key) };

        var refusal = Should.Throw<ArgumentException>(() => new HatcheckClient(options));

        refusal.Message.ShouldStartWith(option);
        ShouldTellNothing(refusal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Bearer hck_live_x")]
    [InlineData("hck_live_two words")]
    [InlineData("hck_live_line\r\nX-Evil: 1")]
    [InlineData("123456:AAtelegramtoken")]
    public void A_pasted_mistake_is_no_key_and_is_not_repeated(string key)
    {
        var options = new HatcheckClientOptions { Url = new Uri("http://127.0.0.1:8080"), ApiKey = new SecretText(key) };

        var refusal = Should.Throw<ArgumentException>(() => new HatcheckClient(options));

        if (key.Length > 0)
            refusal.Message.ShouldNotContain(key);
    }

    [Fact]
    public async Task The_clients_own_connections_write_no_traces_with_addresses_but_pass_the_trace_on()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        string? traceparent = null;
        app.Run(context =>
        {
            traceparent = context.Request.Headers["traceparent"];
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(
                """{"id":"11111111-1111-1111-1111-111111111111","created_at":"2026-11-22T10:00:00Z","identities":[]}"""
            );
        });
        await app.StartAsync();
        var traced = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "System.Net.Http",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => traced.Enqueue(string.Join(' ', activity.TagObjects)),
        };
        ActivitySource.AddActivityListener(listener);
        using var client = new HatcheckClient(
            new HatcheckClientOptions { Url = new Uri(app.Urls.Single()), ApiKey = new SecretText(ScriptedHatcheck.Key) }
        );
        using var caller = new Activity("caller").Start();

        await client.GetUserAsync(User);

        traceparent.ShouldNotBeNull().ShouldContain(caller.TraceId.ToHexString());
        traced.ShouldAllBe(tags => !tags.Contains(User.ToString(), StringComparison.Ordinal));

        // A plain client does write them, so the listener above listens.
        using var plain = new HttpClient();
        await plain.GetStringAsync(new Uri($"{app.Urls.Single()}/users/{User}"));
        traced.ShouldContain(tags => tags.Contains(User.ToString(), StringComparison.Ordinal));
    }

    private static void ShouldTellNothing(Exception exception)
    {
        var told = exception.ToString();
        told.ShouldNotContain(ScriptedHatcheck.Key);
        told.ShouldNotContain("SECRET");
        told.ShouldNotContain($"{Telegram}");
        told.ShouldNotContain("/users/");
    }
}
