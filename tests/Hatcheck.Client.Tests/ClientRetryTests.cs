using System.Net;
using Hatcheck.Contracts;

namespace Hatcheck.Client.Tests;

public sealed class ClientRetryTests : IDisposable
{
    private const string Tenant =
        """{"id":"11111111-1111-1111-1111-111111111111","name":"n","blind_only":true,"index_scheme":1,"index_key_version":3}""";
    private const string Entry = """{"id":"22222222-2222-2222-2222-222222222222","at":"2026-11-22T10:00:00Z","action":"a"}""";
    private static readonly Guid User = new("11111111-1111-1111-1111-111111111111");
    private readonly ScriptedHatcheck server = new();

    public void Dispose() => server.Dispose();

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.BadGateway)]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.RequestTimeout)]
    public async Task A_read_is_repeated_through_an_outage(HttpStatusCode status)
    {
        using var client = server
            .Expect("GET /tenant", status)
            .Expect("GET /tenant", status)
            .Expect("GET /tenant", Tenant)
            .Client();

        (await server.RunAsync(client.GetTenantAsync())).Name.ShouldBe("n");
    }

    [Fact]
    public async Task A_broken_connection_is_repeated_too()
    {
        using var client = server
            .Expect("GET /tenant", () => throw new HttpRequestException(HttpRequestError.ConnectionError))
            .Expect("GET /tenant", Tenant)
            .Client();

        await server.RunAsync(client.GetTenantAsync());
        server.ShouldBeSpent();
    }

    [Fact]
    public async Task The_pause_that_the_server_asks_for_is_kept()
    {
        using var client = server
            .ExpectProblem(
                "GET /tenant",
                HttpStatusCode.ServiceUnavailable,
                ProblemCodes.DatabaseUnavailable,
                TimeSpan.FromSeconds(7)
            )
            .Expect("GET /tenant", Tenant)
            .Client();

        await server.RunAsync(client.GetTenantAsync());

        (server.Requests[1].At - server.Requests[0].At).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(7));
    }

    [Fact]
    public async Task A_pause_that_outlasts_the_call_is_handed_to_the_caller_at_once()
    {
        using var client = server
            .ExpectProblem("GET /tenant", HttpStatusCode.TooManyRequests, "request.rate_limited", TimeSpan.FromMinutes(5))
            .Client();

        var outage = await Should.ThrowAsync<HatcheckUnavailableException>(() => client.GetTenantAsync());

        outage.RetryAfter.ShouldBe(TimeSpan.FromMinutes(5));
        outage.Code.ShouldBe("request.rate_limited");
        outage.Status.ShouldBe(429);
    }

    [Fact]
    public async Task After_the_last_try_the_outage_is_reported()
    {
        for (var i = 0; i < 4; i++)
            server.ExpectProblem("GET /tenant", HttpStatusCode.ServiceUnavailable, ProblemCodes.DatabaseUnavailable);
        using var client = server.Client();

        var outage = await Should.ThrowAsync<HatcheckUnavailableException>(() => server.RunAsync(client.GetTenantAsync()));

        outage.Code.ShouldBe(ProblemCodes.DatabaseUnavailable);
        outage.TraceId.ShouldBe("4bf92f3577b34da6");
        server.ShouldBeSpent();
    }

    [Fact]
    public async Task The_jitter_comes_from_the_options()
    {
        async Task<TimeSpan> PauseAsync(double jitter)
        {
            using var own = new ScriptedHatcheck();
            using var client = own.Expect("GET /tenant", HttpStatusCode.BadGateway)
                .Expect("GET /tenant", Tenant)
                .Client(jitter: jitter);
            await own.RunAsync(client.GetTenantAsync());
            return own.Requests[1].At - own.Requests[0].At;
        }

        (await PauseAsync(0.99)).ShouldBeGreaterThan(await PauseAsync(0.01));
    }

    [Fact]
    public async Task A_usage_record_is_repeated_under_one_idempotency_key()
    {
        var path = $"POST /users/{User}/usage";
        using var client = server
            .Expect(path, HttpStatusCode.BadGateway)
            .ExpectProblem(path, HttpStatusCode.Conflict, ProblemCodes.IdempotencyInFlight)
            .Expect(path, Entry, HttpStatusCode.Created)
            .Client();

        await server.RunAsync(client.RecordUsageAsync(User, new UsageRequest("a")));

        server.Requests.Select(r => r.IdempotencyKey).Distinct(StringComparer.Ordinal).Count().ShouldBe(1);
    }

    [Fact]
    public async Task A_merge_and_a_link_code_are_never_repeated()
    {
        using var client = server
            .Expect($"POST /users/{User}/merge", HttpStatusCode.BadGateway)
            .Expect($"POST /users/{User}/link-codes", HttpStatusCode.BadGateway)
            .Client();

        await Should.ThrowAsync<HatcheckUnavailableException>(() => server.RunAsync(client.MergeAsync(User, "0123456789")));
        await Should.ThrowAsync<HatcheckUnavailableException>(() => server.RunAsync(client.CreateLinkCodeAsync(User)));
        server.ShouldBeSpent();
    }

    [Theory]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.Conflict)]
    [InlineData(HttpStatusCode.UnprocessableEntity)]
    public async Task A_refusal_is_not_repeated(HttpStatusCode status)
    {
        using var client = server.ExpectProblem("GET /tenant", status, "some.code").Client();

        (
            await Should.ThrowAsync<HatcheckException>(() => client.GetTenantAsync())
        ).ShouldNotBeOfType<HatcheckUnavailableException>();
    }

    [Fact]
    public async Task An_erasure_whose_answer_was_lost_counts_as_done_when_the_repeat_finds_the_user_gone()
    {
        var path = $"DELETE /users/{User}?confirm=true";
        using var client = server
            .Expect(path, () => throw new HttpRequestException(HttpRequestError.ResponseEnded))
            .ExpectProblem(path, HttpStatusCode.Gone, ProblemCodes.UserErased)
            .Client();

        await server.RunAsync(client.EraseAsync(User));
        server.ShouldBeSpent();
    }

    [Fact]
    public async Task An_erasure_that_finds_the_user_gone_at_first_says_so()
    {
        using var client = server
            .ExpectProblem($"DELETE /users/{User}?confirm=true", HttpStatusCode.Gone, ProblemCodes.UserErased)
            .Client();

        (await Should.ThrowAsync<HatcheckException>(() => client.EraseAsync(User))).Code.ShouldBe(ProblemCodes.UserErased);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up_within_the_total_time()
    {
        using var stalled = new StalledHandler();
        var options = new HatcheckClientOptions
        {
            Url = new Uri("https://hatcheck.example"),
            ApiKey = new Crypto.SecretText(ScriptedHatcheck.Key),
            AttemptTimeout = TimeSpan.FromSeconds(4),
            TotalTimeout = TimeSpan.FromSeconds(10),
            Time = server.Time,
        };
        using var client = new HatcheckClient(options, stalled);
        var began = server.Time.GetUtcNow();

        var outage = await Should.ThrowAsync<HatcheckUnavailableException>(() => server.RunAsync(client.GetTenantAsync()));

        outage.Code.ShouldBe(ClientCodes.TimedOut);
        stalled.Tries.ShouldBeInRange(2, 3);
        (server.Time.GetUtcNow() - began).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(10));
    }

    private sealed class StalledHandler : HttpMessageHandler
    {
        public int Tries { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            Tries++;
            await Task.Delay(Timeout.Infinite, cancellationToken);
            throw new InvalidOperationException("Never reached.");
        }
    }
}
