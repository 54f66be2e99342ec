using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hatcheck.Contracts;
using Hatcheck.TestKit;
using Microsoft.AspNetCore.Http;

namespace MusicBot.Tests;

/// <summary>
/// Hatcheck's preferences as far as the bot uses them: own values over defaults, versions, a history, tags.
/// </summary>
internal sealed class FakePreferences
{
    private static readonly DateTimeOffset At = new(2026, 11, 22, 13, 5, 0, TimeSpan.Zero);
    private static readonly HashSet<string> Zones =
    [
        .. File.ReadLines(Repository.PathOf("src", "Hatcheck.Platform", "Locales", "time-zones.txt")),
    ];

    private static readonly (string Key, Func<JsonNode> Default, string Form, Func<JsonNode, bool> Fits)[] Schema =
    [
        (
            "interface.theme",
            () => "system",
            "One of \"system\", \"light\", \"dark\".",
            v => v.ToJsonString() is "\"system\"" or "\"light\"" or "\"dark\""
        ),
        (
            "locale.time_zone",
            () => "UTC",
            "A name of the IANA time zone database, such as Europe/Berlin.",
            v => v.GetValueKind() == JsonValueKind.String && Zones.Contains(v.GetValue<string>())
        ),
        (
            "locale.date_format",
            () => "iso",
            "One of \"iso\", \"dmy\", \"mdy\".",
            v => v.ToJsonString() is "\"iso\"" or "\"dmy\"" or "\"mdy\""
        ),
        ("locale.hour_cycle", () => "h23", "One of \"h12\", \"h23\".", v => v.ToJsonString() is "\"h12\"" or "\"h23\""),
        (
            "notifications.enabled",
            () => true,
            "True or false.",
            v => v.GetValueKind() is JsonValueKind.True or JsonValueKind.False
        ),
    ];

    private readonly Lock gate = new();
    private readonly Dictionary<Guid, List<Kept>> people = [];

    /// <summary>Called once, before the next change that names a tag: simulates a concurrent change.</summary>
    public Action? BeforeTaggedChange { get; set; }

    /// <summary>Versions before this one are no longer in the history.</summary>
    public int OldestKept { get; set; }

    /// <summary>Changes a key like another program; null removes the own value.</summary>
    public void Set(Guid user, string key, JsonNode? value)
    {
        lock (gate)
        {
            var own = new SortedDictionary<string, string>(Newest(user).Own, StringComparer.Ordinal);
            if (value is null)
                own.Remove(key);
            else
                own[key] = value.ToJsonString();
            Store(user, own, "update");
        }
    }

    public string? OwnValue(Guid user, string key)
    {
        lock (gate)
            return Newest(user).Own.GetValueOrDefault(key);
    }

    public int Version(Guid user)
    {
        lock (gate)
            return Newest(user).Version;
    }

    public Task GetAsync(HttpContext context, Guid user) =>
        AnswerAsync(context, user, context.Request.Query["explain"] == "true");

    public async Task PatchAsync(HttpContext context, Guid user)
    {
        var patch = (await context.Request.ReadFromJsonAsync(HatcheckJson.Default.JsonObject))!;
        var named = Schema
            .Select(key => (key.Key, Value: ValueAt(patch, key.Key), key.Form, key.Fits))
            .Where(key => key.Value is not null)
            .ToList();
        named.Count.ShouldBe(1, "each change of the bot names one key");
        if (named.Where(key => !key.Fits(key.Value!)).Select(key => (key.Key, key.Form)).ToList() is [var (key, form), ..])
        {
            await FakeHatcheck.ProblemAsync(
                context,
                HttpStatusCode.UnprocessableEntity,
                ProblemCodes.Invalid,
                new Dictionary<string, string[]>(StringComparer.Ordinal) { [key] = [form] }
            );
            return;
        }

        await ChangeAsync(
            context,
            user,
            "update",
            own =>
            {
                foreach (var (name, value, _, _) in named)
                    own[name] = value!.ToJsonString();
                return own;
            }
        );
    }

    public async Task ResetAsync(HttpContext context, Guid user)
    {
        var request = (await context.Request.ReadFromJsonAsync(HatcheckJson.Default.PreferenceResetRequest))!;
        await ChangeAsync(
            context,
            user,
            "reset",
            own =>
            {
                foreach (var key in request.Keys!)
                    own.Remove(key);
                return own;
            }
        );
    }

    public async Task RollBackAsync(HttpContext context, Guid user)
    {
        var version = (await context.Request.ReadFromJsonAsync(HatcheckJson.Default.PreferenceRollbackRequest))!.Version!.Value;
        if (version < OldestKept)
            await FakeHatcheck.ProblemAsync(context, HttpStatusCode.NotFound, ProblemCodes.PreferencesVersion);
        else
            await ChangeAsync(
                context,
                user,
                "rollback",
                _ => new(people[user].Single(k => k.Version == version).Own, StringComparer.Ordinal)
            );
    }

    public Task HistoryAsync(HttpContext context, Guid user)
    {
        PreferenceHistoryPage page;
        lock (gate)
        {
            var kept = People(user);
            page = new PreferenceHistoryPage([
                .. kept.Skip(1).Reverse().Take(int.Parse(context.Request.Query["limit"]!)).Select(k => k.Change!),
            ]);
        }

        return FakeHatcheck.AnswerAsync(context, page, HatcheckJson.Default.PreferenceHistoryPage);
    }

    private async Task ChangeAsync(
        HttpContext context,
        Guid user,
        string act,
        Func<SortedDictionary<string, string>, SortedDictionary<string, string>> change
    )
    {
        var tag = context.Request.Headers.IfMatch.ToString();
        if (tag.Length > 0)
        {
            BeforeTaggedChange?.Invoke();
            BeforeTaggedChange = null;
        }

        bool stands;
        lock (gate)
        {
            stands = tag.Length == 0 || tag == Tag(Newest(user).Version);
            if (stands)
                Store(user, change(new(Newest(user).Own, StringComparer.Ordinal)), act);
        }

        if (stands)
            await AnswerAsync(context, user, explain: false);
        else
            await FakeHatcheck.ProblemAsync(context, HttpStatusCode.PreconditionFailed, ProblemCodes.PreferencesChanged);
    }

    private Task AnswerAsync(HttpContext context, Guid user, bool explain)
    {
        Kept now;
        lock (gate)
            now = Newest(user);
        var values = new JsonObject();
        var sources = new JsonObject();
        foreach (var (key, byDefault, _, _) in Schema)
        {
            Place(values, key, now.Own.TryGetValue(key, out var own) ? JsonNode.Parse(own) : byDefault());
            Place(sources, key, now.Own.ContainsKey(key) ? "user" : "built_in");
        }

        var answer = new PreferencesResponse(
            user,
            now.Version,
            0,
            Tag(now.Version),
            now.Version == 0 ? null : At,
            values,
            explain ? sources : null
        );
        return FakeHatcheck.AnswerAsync(context, answer, HatcheckJson.Default.PreferencesResponse);
    }

    // Like Hatcheck: a change without effect does not count.
    private void Store(Guid user, SortedDictionary<string, string> own, string act)
    {
        var before = Newest(user);
        var changes = before
            .Own.Keys.Union(own.Keys, StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Where(key => before.Own.GetValueOrDefault(key) != own.GetValueOrDefault(key))
            .Select(key => new PreferenceKeyChange(key))
            .ToList();
        if (changes.Count == 0)
            return;
        var version = before.Version + 1;
        People(user).Add(new Kept(version, own, new PreferenceChange(version, At, act, "service:test", 0, changes)));
    }

    private Kept Newest(Guid user) => People(user)[^1];

    private List<Kept> People(Guid user)
    {
        if (!people.TryGetValue(user, out var kept))
            people[user] = kept = [new Kept(0, new(StringComparer.Ordinal), null)];
        return kept;
    }

    private static string Tag(int version) => $"\"v{version}\"";

    private static JsonNode? ValueAt(JsonObject document, string key) =>
        key.Split('.').Aggregate((JsonNode?)document, (node, name) => (node as JsonObject)?[name]);

    private static void Place(JsonObject document, string key, JsonNode? value)
    {
        var (category, name) = key.Split('.') is [var first, var second]
            ? (first, second)
            : throw new ArgumentException("Two names deep.", nameof(key));
        if (document[category] is not JsonObject inner)
            document[category] = inner = [];
        inner[name] = value;
    }

    private sealed record Kept(int Version, SortedDictionary<string, string> Own, PreferenceChange? Change);
}
