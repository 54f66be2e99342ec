using System.Net.Http.Headers;
using System.Text.Json;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Hatcheck.Bots.Telegram;

/// <summary>When a failed call may be repeated.</summary>
internal enum Repeat
{
    /// <summary>The second call changes nothing: repeated after any failure.</summary>
    Always,

    /// <summary>
    /// People would see it twice. Repeated only if Telegram itself answered that it failed, or was never reached. Neither
    /// silence nor a proxy's page is such an answer.
    /// </summary>
    AfterRefusal,
}

/// <summary>
/// One HTTP call of the Bot API. Every failure leaves as <see cref="TelegramException"/> without an inner exception, and the
/// handler writes no activities, since the token is in the address.
/// </summary>
internal sealed class TelegramTransport : IDisposable
{
    private const int LargestAnswer = 32 * 1024 * 1024;
    private const int MaxRetries = 3;
    private static readonly ResiliencePropertyKey<Repeat> RepeatKey = new("repeat");

    private readonly BotToken token;
    private readonly string server;
    private readonly HttpClient http;
    private readonly TimeProvider time;
    private readonly ResiliencePipeline<ApiAnswer> pipeline;

    public TelegramTransport(BotToken token, Uri server, HttpMessageHandler? handler, TimeProvider time, TimeSpan firstPause)
    {
        this.token = token;
        this.time = time;
        this.server = server.AbsoluteUri.TrimEnd('/') + "/";
        IsTelegrams = server.Host == "api.telegram.org";
        http = new HttpClient(handler ?? DefaultHandler(server), disposeHandler: handler is null)
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = LargestAnswer,
        };
        pipeline = new ResiliencePipelineBuilder<ApiAnswer> { TimeProvider = time }
            .AddRetry(
                new RetryStrategyOptions<ApiAnswer>
                {
                    MaxRetryAttempts = MaxRetries,
                    Delay = firstPause,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    ShouldHandle = arguments => ValueTask.FromResult(ShouldRepeat(arguments.Context, arguments.Outcome)),
                }
            )
            .Build();
    }

    /// <summary>Whether the server is Telegram's own, and not one of the operator's.</summary>
    public bool IsTelegrams { get; }

    /// <summary>Calls a method and returns its <c>result</c>. A 429 is left to <see cref="Sending.ChatSender"/>.</summary>
    public async Task<JsonElement> CallAsync(
        string method,
        Func<HttpContent?> content,
        Repeat repeat,
        TimeSpan timeout,
        CancellationToken cancellation
    )
    {
        var context = ResilienceContextPool.Shared.Get(cancellation);
        context.Properties.Set(RepeatKey, repeat);
        try
        {
            var answer = await pipeline.ExecuteAsync(c => TryOnceAsync(method, content, timeout, c.CancellationToken), context);
            if (answer.Ok)
                return answer.Result;
            var words = token.Mask(answer.Description);
            throw new TelegramException(method, answer.ErrorCode, words, PauseOf(answer), answer.Parameters?.MigrateToChatId);
        }
        catch (Exception fault) when (fault is not TelegramException)
        {
            // Replaces every other exception, which may quote the address.
            throw Trouble(method, cancellation);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>Downloads a file by its path from <c>getFile</c>, at most <paramref name="limit"/> bytes.</summary>
    public async Task<byte[]> DownloadAsync(string path, int limit, TimeSpan timeout, CancellationToken cancellation)
    {
        const string method = "download";
        try
        {
            using var deadline = new CancellationTokenSource(timeout, time);
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
            using var response = await http.GetAsync(
                Address($"file/bot{token.Reveal()}/{path}"),
                HttpCompletionOption.ResponseHeadersRead,
                linked.Token
            );
            if (!response.IsSuccessStatusCode)
                throw new TelegramException(method, (int)response.StatusCode);
            await response.Content.LoadIntoBufferAsync(limit, linked.Token);
            return await response.Content.ReadAsByteArrayAsync(linked.Token);
        }
        catch (Exception fault) when (fault is not TelegramException)
        {
            throw Trouble(method, cancellation);
        }
    }

    public void Dispose() => http.Dispose();

    private static Exception Trouble(string method, CancellationToken cancellation) =>
        cancellation.IsCancellationRequested
            ? new OperationCanceledException(cancellation)
            : new TelegramException(method, errorCode: null);

    // Absolute: relative to a base address the colon in the token would end a scheme.
    private Uri Address(string path) => new($"{server}{path}");

    private static SocketsHttpHandler DefaultHandler(Uri server) =>
        new()
        {
            // The environment's proxy would see the token in addresses on this machine.
            UseProxy = !server.IsLoopback,
            ActivityHeadersPropagator = null,
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };

    private static bool ShouldRepeat(ResilienceContext context, Outcome<ApiAnswer> outcome)
    {
        var always = context.Properties.GetValue(RepeatKey, Repeat.AfterRefusal) == Repeat.Always;
        if (outcome.Result is { } answer)
            return !answer.Ok && answer.ErrorCode >= 500 && (always || !answer.IsUnreadable);
        if (
            outcome.Exception is HttpRequestException
            {
                HttpRequestError: HttpRequestError.ConnectionError
                    or HttpRequestError.NameResolutionError
                    or HttpRequestError.SecureConnectionError,
            }
        )
        {
            return true;
        }

        return always && outcome.Exception is (HttpRequestException or TimeoutRejectedException);
    }

    private static TimeSpan? PauseOf(ApiAnswer? answer) =>
        answer?.Parameters?.RetryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    private async ValueTask<ApiAnswer> TryOnceAsync(
        string method,
        Func<HttpContent?> content,
        TimeSpan timeout,
        CancellationToken cancellation
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address($"bot{token.Reveal()}/{method}"));
        request.Content = content();
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        using var deadline = new CancellationTokenSource(timeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            using var response = await http.SendAsync(request, linked.Token);
            return Read(await response.Content.ReadAsByteArrayAsync(linked.Token), (int)response.StatusCode);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new TimeoutRejectedException();
        }
    }

    private static ApiAnswer Read(byte[] body, int status)
    {
        try
        {
            var answer = JsonSerializer.Deserialize(body, TelegramJson.Default.ApiAnswer);
            if (answer is { Ok: true } && status is >= 200 and < 300)
                return answer;
            if (answer is { Ok: false, ErrorCode: > 0 })
                return answer;
        }
        catch (JsonException)
        {
            // A proxy's page, or an answer that was cut off.
        }

        return new ApiAnswer { ErrorCode = status is >= 400 ? status : 502, IsUnreadable = true };
    }
}
