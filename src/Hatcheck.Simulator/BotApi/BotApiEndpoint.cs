using System.Globalization;
using System.Net.Mime;
using System.Text.Json;
using Hatcheck.Simulator.Requests;
using Hatcheck.Simulator.World;
using Microsoft.AspNetCore.Http;

namespace Hatcheck.Simulator.BotApi;

/// <summary><c>/bot{token}/{method}</c> and <c>/file/bot{token}/{path}</c>.</summary>
internal sealed class BotApiEndpoint(TelegramWorld world, MethodMap methods)
{
    public async Task CallAsync(HttpContext context)
    {
        var fault = world.Faults.NextCall();
        if (world.Faults.Knobs.DelayMs is > 0 and var delay)
            await Task.Delay(TimeSpan.FromMilliseconds(delay), world.Time, context.RequestAborted);
        try
        {
            var bot = world.BotOf(Route(context, "token")) ?? throw Refusal.Unauthorized();
            if (fault == CallFault.ServerError)
                throw new Refusal(502, "Bad Gateway");
            if (fault == CallFault.TooManyRequests)
                throw Refusal.TooManyRequests(1);
            var raw = await RequestReader.ReadAsync(context);
            var result = await methods.PerformAsync(bot, Route(context, "method"), raw, context.RequestAborted);
            if (fault == CallFault.DropConnection)
                context.Abort();
            else
                await AnswerAsync(context, result);
        }
        catch (Refusal refusal)
        {
            await AnswerAsync(context, refusal);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The bot hung up; unconfirmed updates stay for the next call.
        }
    }

    public async Task DownloadAsync(HttpContext context)
    {
        var bot = world.BotOf(Route(context, "token"));
        var parts = Route(context, "path").Split('/');
        if (bot is null || parts is not ["documents", var uniqueId, _] || world.Files.ByUniqueId(uniqueId) is not { } file)
        {
            await AnswerAsync(context, bot is null ? Refusal.Unauthorized() : Refusal.NotFound());
            return;
        }

        await FileAnswer.WriteAsync(context, file);
    }

    private static string Route(HttpContext context, string name) => context.Request.RouteValues[name] as string ?? "";

    private static async Task AnswerAsync(HttpContext context, JsonElement result)
    {
        await using var writer = Begin(context, StatusCodes.Status200OK);
        writer.WriteStartObject();
        writer.WriteBoolean("ok", true);
        writer.WritePropertyName("result");
        result.WriteTo(writer);
        writer.WriteEndObject();
    }

    private static async Task AnswerAsync(HttpContext context, Refusal refusal)
    {
        if (refusal.RetryAfter is { } seconds)
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        await using var writer = Begin(context, refusal.Code);
        writer.WriteStartObject();
        writer.WriteBoolean("ok", false);
        writer.WriteNumber("error_code", refusal.Code);
        writer.WriteString("description", refusal.Description);
        if (refusal.RetryAfter is { } retryAfter)
        {
            writer.WriteStartObject("parameters");
            writer.WriteNumber("retry_after", retryAfter);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static Utf8JsonWriter Begin(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = MediaTypeNames.Application.Json;
        return new Utf8JsonWriter(context.Response.BodyWriter);
    }
}
