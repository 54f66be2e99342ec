using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hatcheck.Simulator.BotApi;
using Hatcheck.Simulator.Updates;
using Hatcheck.Simulator.Wire;
using Hatcheck.Simulator.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Hatcheck.Simulator.Page;

/// <summary>Endpoints under <c>/sim</c> for the chat page and for tests.</summary>
internal sealed class PageEndpoints(TelegramWorld world)
{
    private const long MaxFile = 50L * 1024 * 1024;

    public void Map(IEndpointRouteBuilder sim)
    {
        sim.MapGet("/bots", Bots);
        sim.MapPost("/bots/{bot}/updates", InjectAsync);
        sim.MapGet("/people", People);
        sim.MapPost("/people", AddPersonAsync);
        sim.MapGet(
            "/chats/{person:long}/{bot}",
            context => WithChat(context, c => Answer(context, c.Read(), SimulatorJson.Default.PageChat))
        );
        sim.MapPost("/chats/{person:long}/{bot}/messages", WriteAsync);
        sim.MapPost("/chats/{person:long}/{bot}/edits", EditAsync);
        sim.MapPost("/chats/{person:long}/{bot}/files", SendFileAsync);
        sim.MapPost("/chats/{person:long}/{bot}/callbacks", PressAsync);
        sim.MapPost("/chats/{person:long}/{bot}/block", context => BlockAsync(context, blocked: true));
        sim.MapPost("/chats/{person:long}/{bot}/unblock", context => BlockAsync(context, blocked: false));
        sim.MapGet("/files/{id}", FileAsync);
        sim.MapGet("/faults", context => Answer(context, world.Faults.Knobs, SimulatorJson.Default.SimulatorFaults));
        sim.MapPut("/faults", SetFaultsAsync);
    }

    private Task Bots(HttpContext context) =>
        Answer(
            context,
            world
                .Bots.Select(b =>
                {
                    lock (b.Gate)
                        return b.ToPage();
                })
                .ToArray(),
            SimulatorJson.Default.IReadOnlyListPageBot
        );

    private async Task InjectAsync(HttpContext context)
    {
        if (world.FindBot((string)context.Request.RouteValues["bot"]!) is not { } bot)
        {
            await Problem(context, "there is no such bot", StatusCodes.Status404NotFound);
            return;
        }

        if (await ReadAsync(context, SimulatorJson.Default.JsonDocument) is not { } update)
            return;
        using (update)
        {
            if (RawUpdate.Inject(bot, update.RootElement) is { } wrong)
                await Problem(context, wrong);
            else
                context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
    }

    private Task People(HttpContext context) =>
        Answer(context, world.People.All.Select(p => p.ToPage()).ToArray(), SimulatorJson.Default.IReadOnlyListPagePerson);

    private async Task AddPersonAsync(HttpContext context)
    {
        if (await ReadAsync(context, SimulatorJson.Default.NewPerson) is not { } wanted)
            return;
        switch (world.People.Add(wanted))
        {
            case Joined.Welcome welcome:
                world.Events.Tell("person", new PageEvent(welcome.Person.Id));
                await Answer(context, welcome.Person.ToPage(), SimulatorJson.Default.PagePerson, StatusCodes.Status201Created);
                break;
            case Joined.Refused refused:
                await Problem(context, refused.Why);
                break;
        }
    }

    private Task WriteAsync(HttpContext context) =>
        WithChat(
            context,
            async chat =>
            {
                if (await ReadAsync(context, SimulatorJson.Default.NewText) is { } wanted)
                    await Tell(context, chat.Write(wanted.Text));
            }
        );

    private Task EditAsync(HttpContext context) =>
        WithChat(
            context,
            async chat =>
            {
                if (await ReadAsync(context, SimulatorJson.Default.EditedText) is { } wanted)
                    await Tell(context, chat.Edit(wanted.MessageId, wanted.Text));
            }
        );

    private Task SendFileAsync(HttpContext context) =>
        WithChat(
            context,
            async chat =>
            {
                if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
                    limit.MaxRequestBodySize = MaxFile + 65_536;
                var form = await FormAsync(context);
                if (form?.Files.GetFile("file") is not { Length: > 0 and <= MaxFile } file)
                {
                    await Problem(context, "file: a multipart part of 1 byte to 50 MB");
                    return;
                }

                var content = new byte[file.Length];
                await using var stream = file.OpenReadStream();
                await stream.ReadExactlyAsync(content, context.RequestAborted);
                await Tell(
                    context,
                    chat.SendFile(
                        Path.GetFileName(file.FileName),
                        file.ContentType ?? "application/octet-stream",
                        content,
                        form["caption"]
                    )
                );
            }
        );

    /// <summary>Null if it is not a form, or a broken or oversized one.</summary>
    private static async Task<IFormCollection?> FormAsync(HttpContext context)
    {
        try
        {
            return context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : null;
        }
        catch (Exception e) when (e is InvalidDataException or BadHttpRequestException)
        {
            return null;
        }
    }

    private Task PressAsync(HttpContext context) =>
        WithChat(
            context,
            async chat =>
            {
                if (await ReadAsync(context, SimulatorJson.Default.PressedButton) is not { } pressed)
                    return;
                if (chat.Press(pressed.MessageId, pressed.CallbackData) is not Press.Pressed press)
                {
                    await Problem(context, "there is no such button");
                    return;
                }

                CallbackAnswer answer;
                try
                {
                    answer = await press.Answer.WaitAsync(PendingCallbacks.Lifetime, world.Time, context.RequestAborted);
                    world.Events.Tell("callback_answer", new PageEvent(chat.PersonId, chat.BotUsername, Answer: answer));
                }
                catch (TimeoutException)
                {
                    answer = new CallbackAnswer(Answered: false, Text: null, ShowAlert: false);
                }

                await Answer(context, answer, SimulatorJson.Default.CallbackAnswer);
            }
        );

    private Task BlockAsync(HttpContext context, bool blocked) =>
        WithChat(
            context,
            chat =>
            {
                chat.Block(blocked);
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                return Task.CompletedTask;
            }
        );

    private async Task FileAsync(HttpContext context)
    {
        if (world.Files.ByUniqueId((string)context.Request.RouteValues["id"]!) is { } file)
            await FileAnswer.WriteAsync(context, file);
        else
            await Problem(context, "there is no such file", StatusCodes.Status404NotFound);
    }

    private async Task SetFaultsAsync(HttpContext context)
    {
        if (await ReadAsync(context, SimulatorJson.Default.SimulatorFaults) is not { } knobs)
            return;
        if (FaultGate.Fault(knobs) is { } wrong)
        {
            await Problem(context, wrong);
            return;
        }

        world.Faults.Knobs = knobs;
        await Answer(context, knobs, SimulatorJson.Default.SimulatorFaults);
    }

    private async Task WithChat(HttpContext context, Func<Conversation, Task> act)
    {
        var person = long.TryParse((string?)context.Request.RouteValues["person"], out var id) ? world.People.Find(id) : null;
        var bot = world.FindBot((string)context.Request.RouteValues["bot"]!);
        if (person is null)
            await Problem(context, "there is no such person", StatusCodes.Status404NotFound);
        else if (bot is null)
            await Problem(context, "there is no such bot", StatusCodes.Status404NotFound);
        else
            await act(new Conversation(world, bot, person));
    }

    private static Task Tell(HttpContext context, Deed deed) =>
        deed switch
        {
            Deed.Done done => Answer(context, done.Message, SimulatorJson.Default.PageMessage, StatusCodes.Status201Created),
            Deed.Refused refused => Problem(context, refused.Why),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    private static async Task<T?> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            if (!context.Request.HasJsonContentType())
            {
                await Problem(context, "application/json is expected", StatusCodes.Status415UnsupportedMediaType);
                return null;
            }

            if (await context.Request.ReadFromJsonAsync(type, context.RequestAborted) is { } value)
                return value;
            await Problem(context, "an object is expected");
        }
        catch (JsonException e)
        {
            await Problem(context, $"not what is expected at {e.Path}");
        }

        return null;
    }

    private static Task Problem(HttpContext context, string error, int status = StatusCodes.Status400BadRequest) =>
        Answer(context, new PageProblem(error), SimulatorJson.Default.PageProblem, status);

    private static Task Answer<T>(HttpContext context, T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(value, type, cancellationToken: context.RequestAborted);
    }
}
