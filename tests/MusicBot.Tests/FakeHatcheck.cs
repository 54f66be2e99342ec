using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hatcheck.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace MusicBot.Tests;

/// <summary>The part of Hatcheck that the bot uses, in memory and true to the contract; records all requests.</summary>
internal sealed class FakeHatcheck : IAsyncDisposable
{
    public const string ApiKey = "hck_demo_0123456789abcdefghijkl0123456789012345678901234567890123456789012abcdef";

    private static readonly DateTimeOffset Begun = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);
    private readonly Lock gate = new();
    private readonly Dictionary<string, Guid> identities = new(StringComparer.Ordinal);
    private readonly HashSet<Guid> erased = [];
    private readonly HashSet<Guid> deleted = [];
    private readonly Dictionary<Guid, List<UsageEntry>> usage = [];
    private readonly Dictionary<string, UsageEntry> byKey = new(StringComparer.Ordinal);
    private readonly WebApplication app;

    private FakeHatcheck(WebApplication app) => this.app = app;

    public Uri Address => new(app.Urls.Single());

    /// <summary>Answers 503 to everything.</summary>
    public bool IsDown { get; set; }

    public bool BlindOnly { get; set; }

    /// <summary>The API key is older than preferences.</summary>
    public bool LacksPreferences { get; set; }

    public FakePreferences Preferences { get; } = new();

    /// <summary>The number of users ever created, including erased ones.</summary>
    public int Made { get; private set; }

    /// <summary>Method, path and body of every request.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public int Users
    {
        get
        {
            lock (gate)
                return usage.Count;
        }
    }

    public static async Task<FakeHatcheck> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new FakeHatcheck(builder.Build());
        server.Map();
        await server.app.StartAsync();
        return server;
    }

    /// <summary>The actions in a user's usage log, oldest first, by the id or its hash.</summary>
    public IReadOnlyList<string> Actions(string identity)
    {
        lock (gate)
            return identities.TryGetValue(identity, out var user) ? usage[user].Select(e => e.Action).ToArray() : [];
    }

    public Guid? UserOf(string identity)
    {
        lock (gate)
            return identities.TryGetValue(identity, out var user) ? user : null;
    }

    /// <summary>Deletes like an operator: the user can still be restored.</summary>
    public void Delete(string identity)
    {
        lock (gate)
            deleted.Add(identities[identity]);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private void Map()
    {
        app.Use(
            async (context, next) =>
            {
                context.Request.EnableBuffering();
                using var reader = new StreamReader(context.Request.Body, leaveOpen: true);
                Requests.Enqueue(
                    $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString} "
                        + $"{await reader.ReadToEndAsync()}"
                );
                context.Request.Body.Position = 0;
                if (context.Request.Headers.Authorization != $"Bearer {ApiKey}")
                    await ProblemAsync(context, HttpStatusCode.Unauthorized, ProblemCodes.Unauthenticated);
                else if (IsDown)
                    await ProblemAsync(context, HttpStatusCode.ServiceUnavailable, ProblemCodes.DatabaseUnavailable);
                else
                    await next(context);
            }
        );
        app.MapPost("/users/resolve", ResolveAsync);
        app.MapPost("/users/find", FindAsync);
        app.MapPost("/users/{id:guid}/usage", context => WithUserAsync(context, RecordAsync));
        app.MapGet("/users/{id:guid}/summary", context => WithUserAsync(context, SummariseAsync));
        app.MapGet("/users/{id:guid}/export", context => WithUserAsync(context, ExportAsync));
        app.MapDelete("/users/{id:guid}", context => WithUserAsync(context, EraseAsync));
        const string Theirs = "/users/{id:guid}/preferences";
        app.MapGet(Theirs, context => WithPreferencesAsync(context, Preferences.GetAsync));
        app.MapPatch(Theirs, context => WithPreferencesAsync(context, Preferences.PatchAsync));
        app.MapPost($"{Theirs}/reset", context => WithPreferencesAsync(context, Preferences.ResetAsync));
        app.MapPost($"{Theirs}/rollback", context => WithPreferencesAsync(context, Preferences.RollBackAsync));
        app.MapGet($"{Theirs}/history", context => WithPreferencesAsync(context, Preferences.HistoryAsync));
    }

    private async Task ResolveAsync(HttpContext context)
    {
        if (await ReadIdentityAsync(context) is not { } identity)
            return;
        if (IsDeleted(identity))
        {
            await ProblemAsync(context, HttpStatusCode.Gone, ProblemCodes.UserDeleted);
            return;
        }

        ResolvedUser user;
        lock (gate)
        {
            var created = !identities.TryGetValue(identity, out var id);
            if (created)
            {
                identities[identity] = id = Guid.NewGuid();
                usage[id] = [];
                Made++;
            }

            user = new ResolvedUser(id, created);
        }

        await AnswerAsync(context, user, HatcheckJson.Default.ResolvedUser);
    }

    private async Task FindAsync(HttpContext context)
    {
        if (await ReadIdentityAsync(context) is not { } identity)
            return;
        if (IsDeleted(identity))
            await ProblemAsync(context, HttpStatusCode.Gone, ProblemCodes.UserDeleted);
        else if (UserOf(identity) is { } user)
            await AnswerAsync(context, new UserResponse(user, Begun, null, []), HatcheckJson.Default.UserResponse);
        else
            await ProblemAsync(context, HttpStatusCode.NotFound, ProblemCodes.UserNotFound);
    }

    private bool IsDeleted(string identity)
    {
        lock (gate)
            return identities.TryGetValue(identity, out var user) && deleted.Contains(user);
    }

    private Task WithPreferencesAsync(HttpContext context, Func<HttpContext, Guid, Task> act) =>
        LacksPreferences
            ? ProblemAsync(context, HttpStatusCode.Forbidden, ProblemCodes.MissingScope)
            : WithUserAsync(context, act);

    /// <summary>The id or its hash, as the tenant requires; null if answered with a problem.</summary>
    private async Task<string?> ReadIdentityAsync(HttpContext context)
    {
        var request = (await context.Request.ReadFromJsonAsync(HatcheckJson.Default.IdentityRequest))!;
        if (
            request.Channel == "telegram"
            && (BlindOnly ? request is { Id: null, Hash.Length: 64, KeyVersion: > 0 } : request is { Id.Length: > 0, Hash: null })
        )
            return request.Id ?? request.Hash;
        await ProblemAsync(context, HttpStatusCode.UnprocessableEntity, ProblemCodes.IdentityForm);
        return null;
    }

    private async Task WithUserAsync(HttpContext context, Func<HttpContext, Guid, Task> act)
    {
        var user = Guid.Parse((string)context.Request.RouteValues["id"]!);
        bool known;
        bool gone;
        bool isDeleted;
        lock (gate)
            (known, gone, isDeleted) = (usage.ContainsKey(user), erased.Contains(user), deleted.Contains(user));
        if (isDeleted)
            await ProblemAsync(context, HttpStatusCode.Gone, ProblemCodes.UserDeleted);
        else if (gone)
            await ProblemAsync(context, HttpStatusCode.Gone, ProblemCodes.UserErased);
        else if (known)
            await act(context, user);
        else
            await ProblemAsync(context, HttpStatusCode.NotFound, ProblemCodes.UserNotFound);
    }

    private async Task RecordAsync(HttpContext context, Guid user)
    {
        var request = (await context.Request.ReadFromJsonAsync(HatcheckJson.Default.UsageRequest))!;
        var key = context.Request.Headers["Idempotency-Key"].ToString();
        UsageEntry entry;
        lock (gate)
        {
            if (!byKey.TryGetValue(key, out entry!))
            {
                byKey[key] = entry = new UsageEntry(Guid.NewGuid(), Begun, request.Action!);
                usage[user].Add(entry);
            }
        }

        context.Response.StatusCode = StatusCodes.Status201Created;
        await AnswerAsync(context, entry, HatcheckJson.Default.UsageEntry);
    }

    private Task SummariseAsync(HttpContext context, Guid user)
    {
        int count;
        lock (gate)
            count = usage[user].Count;
        var summary = new UserSummary(
            user,
            Begun,
            [new SummarySection("identities", "How you are known <again>.", 1), new SummarySection("usage", "Commands.", count)]
        );
        return AnswerAsync(context, summary, HatcheckJson.Default.UserSummary);
    }

    private Task ExportAsync(HttpContext context, Guid user)
    {
        IReadOnlyList<JsonElement> entries;
        lock (gate)
            entries = usage[user].Select(e => JsonSerializer.SerializeToElement(e, HatcheckJson.Default.UsageEntry)).ToArray();
        var export = new UserExport(
            "hatcheck-export/1",
            Begun,
            user,
            new Dictionary<string, IReadOnlyList<JsonElement>>(StringComparer.Ordinal) { ["usage"] = entries }
        );
        return AnswerAsync(context, export, HatcheckJson.Default.UserExport);
    }

    private async Task EraseAsync(HttpContext context, Guid user)
    {
        if (context.Request.Query["confirm"] != "true")
        {
            await ProblemAsync(context, HttpStatusCode.UnprocessableEntity, ProblemCodes.ConfirmationNeeded);
            return;
        }

        lock (gate)
        {
            erased.Add(user);
            usage.Remove(user);
            foreach (var identity in identities.Where(i => i.Value == user).Select(i => i.Key).ToArray())
                identities.Remove(identity);
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    internal static Task AnswerAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type) =>
        context.Response.WriteAsJsonAsync(value, type);

    internal static Task ProblemAsync(
        HttpContext context,
        HttpStatusCode status,
        string code,
        IReadOnlyDictionary<string, string[]>? errors = null
    )
    {
        context.Response.StatusCode = (int)status;
        return context.Response.WriteAsJsonAsync(
            new ProblemResponse("about:blank", "t", (int)status, "d", code, "00f067aa0ba902b7", errors),
            ProblemJson.Default.ProblemResponse,
            "application/problem+json"
        );
    }
}
