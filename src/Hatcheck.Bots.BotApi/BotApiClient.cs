using System.Text.Json;
using Hatcheck.Bots.Routing;
using Hatcheck.Bots.Telegram;
using Telegram.Bot;
using Telegram.Bot.Args;
using Telegram.Bot.Exceptions;
using Telegram.Bot.Requests;
using Telegram.Bot.Requests.Abstractions;
using Telegram.Bot.Types;

namespace Hatcheck.Bots.BotApi;

/// <summary>
/// Telegram.Bot's interface over the runtime's own transport. <see cref="TelegramBotClient"/> itself keeps no pace and no
/// order, and its events show the token.
/// </summary>
internal sealed class BotApiClient(Responder responder, CancellationToken end, ButtonContext? pressed = null) : ITelegramBotClient
{
    private const string NoAddresses = "The address of each call holds the bot's token, so requests and answers are not shown.";

    private TimeSpan timeout = TelegramClient.Usual;

    // Both events would show the token. They throw, since an event that never fires would mislead.
    public event AsyncEventHandler<ApiRequestEventArgs>? OnMakingApiRequest
    {
        add => throw new NotSupportedException(NoAddresses);
        remove { }
    }

    public event AsyncEventHandler<ApiResponseEventArgs>? OnApiResponseReceived
    {
        add => throw new NotSupportedException(NoAddresses);
        remove { }
    }

    public bool LocalBotServer => !responder.Client.IsTelegrams;

    public long BotId => responder.BotId;

    public TimeSpan Timeout
    {
        get => timeout;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            timeout = value;
        }
    }

    public IExceptionParser ExceptionsParser { get; set; } = new DefaultExceptionParser();

    public async Task<TResponse> SendRequest<TResponse>(
        IRequest<TResponse> request,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        var rules = CallRules.Of(request);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end, cancellationToken);
        RequestBody? body = null;
        async Task<JsonElement> CallAsync(long? moved)
        {
            // Read in the chat's turn, so that calls that wait hold no files. Retries use the same bytes.
            var read = body ??= await RequestBody.ReadAsync(request, either.Token);
            var limit = read.HasFiles && timeout < TelegramClient.Files ? TelegramClient.Files : timeout;
            return await responder.Client.CallAsync(
                request.MethodName,
                () => read.Content(moved),
                rules.Repeat,
                limit,
                either.Token
            );
        }

        try
        {
            var result = rules.Chat is { } chat
                ? await responder.Sender.CallAsync(chat, target => CallAsync(target == chat ? null : target), either.Token)
                : await responder.Sender.CallAsync(() => CallAsync(null), either.Token);
            if (request is AnswerCallbackQueryRequest answer && answer.CallbackQueryId == pressed?.QueryId)
                pressed.IsAnswered = true;
            return Read<TResponse>(request.MethodName, result);
        }
        catch (TelegramException trouble)
        {
            throw Translated(trouble);
        }
    }

    public async Task<bool> TestApi(CancellationToken cancellationToken = default)
    {
        try
        {
            await SendRequest(new GetMeRequest(), cancellationToken);
            return true;
        }
        catch (ApiRequestException refusal) when (refusal.ErrorCode == 401)
        {
            return false;
        }
    }

    public Task DownloadFile(TGFile file, Stream destination, CancellationToken cancellationToken = default)
    {
        var path =
            file.FilePath ?? throw new ArgumentException("The file has no path: it is too large to download.", nameof(file));
        return DownloadFile(path, destination, cancellationToken);
    }

    public async Task DownloadFile(string filePath, Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(filePath);
        ArgumentNullException.ThrowIfNull(destination);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end, cancellationToken);
        try
        {
            var content = await responder.Client.DownloadPathAsync(filePath, either.Token);
            await destination.WriteAsync(content, either.Token);
        }
        catch (TelegramException trouble)
        {
            throw Translated(trouble);
        }
    }

    private static TResponse Read<TResponse>(string method, JsonElement result)
    {
        try
        {
            if (
                result.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null)
                && result.Deserialize<TResponse>(JsonBotAPI.Options) is { } response
            )
            {
                return response;
            }
        }
        catch (JsonException fault)
        {
            throw new RequestException($"Telegram.Bot does not understand the answer to {method}.", fault);
        }

        throw new RequestException($"The answer to {method} has no result.");
    }

    /// <summary>Telegram.Bot's exception. The runtime reads its own one as the inner exception.</summary>
    private RequestException Translated(TelegramException trouble)
    {
        if (trouble.ErrorCode is not { } code)
            return new RequestException(trouble.Message, trouble);
        var parsed = ExceptionsParser.Parse(
            new ApiResponse
            {
                ErrorCode = code,
                Description = trouble.Description.Length > 0 ? trouble.Description : trouble.Message,
                Parameters = new ResponseParameters
                {
                    RetryAfter = (int?)trouble.RetryAfter?.TotalSeconds,
                    MigrateToChatId = trouble.MigrateTo,
                },
            }
        );
        return parsed.GetType() == typeof(ApiRequestException)
            ? new ApiRequestException(parsed.Message, parsed.ErrorCode, parsed.Parameters, trouble)
            : parsed;
    }
}
