using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Hatcheck.Client;

/// <summary>
/// Sends calls, repeats those that are safe to repeat, and turns every failure into one of the two exceptions. The default
/// handler writes no activities, since their tags hold the address, and with it ids. The trace id is still sent.
/// </summary>
internal sealed class Transport : IDisposable
{
    private static readonly ResiliencePropertyKey<Call> CallKey = new("call");
    private static readonly ResiliencePropertyKey<long> DeadlineKey = new("deadline");
    private static readonly ResiliencePropertyKey<bool> RepeatedKey = new("repeated");
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly HatcheckClientOptions options;
    private readonly HttpClient http;
    private readonly AuthenticationHeaderValue authorization;
    private readonly ResiliencePipeline<Answer> pipeline;

    public Transport(HatcheckClientOptions options, HttpMessageHandler? handler)
    {
        this.options = options;
        http = new HttpClient(handler ?? DefaultHandler(options.Url), disposeHandler: handler is null)
        {
            BaseAddress = new Uri(options.Url.AbsoluteUri.TrimEnd('/') + "/"),
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = options.MaxAnswerBytes,
        };
        authorization = new AuthenticationHeaderValue("Bearer", options.ApiKey.Reveal());
        pipeline = BuildPipeline();
    }

    public async Task<T> SendAsync<T>(Call call, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        var answer = await SendAsync(call, cancellation);
        try
        {
            return JsonSerializer.Deserialize(answer.Body, type) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            // Without the inner exception: it may quote the body.
            throw new HatcheckException(
                $"Hatcheck's answer ({answer.Status}) could not be read.",
                ClientCodes.UnreadableAnswer,
                answer.Status,
                null,
                null
            );
        }
    }

    public async Task<Answer> SendAsync(Call call, CancellationToken cancellation)
    {
        var total = options.TotalTimeout * call.Patience;
        using var deadline = new CancellationTokenSource(total, options.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        var context = ResilienceContextPool.Shared.Get(linked.Token);
        context.Properties.Set(CallKey, call);
        context.Properties.Set(
            DeadlineKey,
            options.Time.GetTimestamp() + (long)(total.TotalSeconds * options.Time.TimestampFrequency)
        );
        try
        {
            var answer = await pipeline.ExecuteAsync(TryOnceAsync, context);
            return answer.IsSuccess ? answer : throw answer.ToException();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw TimedOut();
        }
        catch (TimeoutRejectedException)
        {
            throw TimedOut();
        }
        catch (HttpRequestException fault)
        {
            // Only the kind of fault: the exception of a custom handler may carry an address.
            throw new HatcheckUnavailableException(
                $"Hatcheck could not be reached ({fault.HttpRequestError}).",
                ClientCodes.Unreachable,
                null,
                null,
                null
            );
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    public void Dispose() => http.Dispose();

    private static SocketsHttpHandler DefaultHandler(Uri url) =>
        new()
        {
            // Plain http is for loopback only; a proxy from the environment would send it, with the key, off the machine.
            UseProxy = !url.IsLoopback,
            ActivityHeadersPropagator = null,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.All,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };

    private static HatcheckUnavailableException TimedOut() =>
        new("Hatcheck did not answer in time.", ClientCodes.TimedOut, null, null, null);

    private async ValueTask<Answer> TryOnceAsync(ResilienceContext context)
    {
        var call = context.Properties.GetValue(CallKey, null!);
        using var request = new HttpRequestMessage(call.Method, call.Path);
        request.Headers.Authorization = call.Bearer is { } bearer
            ? new AuthenticationHeaderValue("Bearer", bearer)
            : authorization;
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (call.IdempotencyKey is { } key)
            request.Headers.Add("Idempotency-Key", key);
        if (call.IfMatch is { } tag)
            request.Headers.TryAddWithoutValidation("If-Match", tag);
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } trace })
            request.Headers.TryAddWithoutValidation("traceparent", trace);
        if (call.Body is { } body)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        using var response = await http.SendAsync(request, context.CancellationToken);
        return new Answer(
            (int)response.StatusCode,
            await response.Content.ReadAsByteArrayAsync(context.CancellationToken),
            RetryAfter(response)
        );
    }

    private ResiliencePipeline<Answer> BuildPipeline()
    {
        var builder = new ResiliencePipelineBuilder<Answer> { TimeProvider = options.Time };
        if (options.MaxRetries > 0)
        {
            builder.AddRetry(
                new RetryStrategyOptions<Answer>
                {
                    MaxRetryAttempts = options.MaxRetries,
                    Delay = options.RetryDelay,
                    MaxDelay = LongestPause,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    Randomizer = options.Jitter,
                    ShouldHandle = arguments => ValueTask.FromResult(ShouldRepeat(arguments.Context, arguments.Outcome)),
                    DelayGenerator = arguments => ValueTask.FromResult(arguments.Outcome.Result?.RetryAfter),
                    OnRetry = arguments =>
                    {
                        // The next attempt may then read "already gone" as "done".
                        arguments.Context.Properties.Set(RepeatedKey, value: true);
                        return ValueTask.CompletedTask;
                    },
                }
            );
        }

        return builder
            .AddStrategy(_ => new ReadDoneBefore(), new ReadDoneBeforeOptions())
            .AddTimeout(new TimeoutStrategyOptions { Timeout = options.AttemptTimeout })
            .Build();
    }

    private bool ShouldRepeat(ResilienceContext context, Outcome<Answer> outcome)
    {
        if (!context.Properties.GetValue(CallKey, null!).Repeatable)
            return false;
        if (outcome.Exception is HttpRequestException or TimeoutRejectedException)
            return true;
        if (outcome.Result is not { IsTransient: true } answer)
            return false;
        // Skips a pause that would outlast the call: the caller learns of the failure at once.
        var left = options.Time.GetElapsedTime(options.Time.GetTimestamp(), context.Properties.GetValue(DeadlineKey, 0L));
        return answer.RetryAfter is not { } pause || pause < left;
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var header = response.Headers.RetryAfter;
        var pause = header?.Delta ?? header?.Date - options.Time.GetUtcNow();
        return pause is { } time && time < TimeSpan.Zero ? TimeSpan.Zero : pause;
    }

    private sealed class ReadDoneBeforeOptions : ResilienceStrategyOptions;

    private sealed class ReadDoneBefore : ResilienceStrategy<Answer>
    {
        protected override async ValueTask<Outcome<Answer>> ExecuteCore<TState>(
            Func<ResilienceContext, TState, ValueTask<Outcome<Answer>>> callback,
            ResilienceContext context,
            TState state
        )
        {
            var outcome = await callback(context, state);
            return
                outcome.Result is { IsSuccess: false } answer
                && context.Properties.GetValue(RepeatedKey, defaultValue: false)
                && context.Properties.GetValue(CallKey, null!).DoneBefore is { } code
                && answer.Code == code
                ? Outcome.FromResult(new Answer((int)HttpStatusCode.NoContent, [], null))
                : outcome;
        }
    }
}
