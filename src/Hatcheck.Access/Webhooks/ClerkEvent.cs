using System.Text.Json;
using System.Text.Unicode;
using Hatcheck.Contracts;
using Hatcheck.People.Profiles;
using Hatcheck.Platform.Channels;

namespace Hatcheck.Access.Webhooks;

/// <summary>The kinds of webhook body.</summary>
internal abstract record ClerkBody
{
    /// <summary>Not JSON, or not in the form of an event.</summary>
    internal sealed record Malformed : ClerkBody;

    /// <summary>An event that Hatcheck ignores.</summary>
    internal sealed record Other : ClerkBody;

    internal sealed record User(ClerkEvent Event) : ClerkBody;
}

/// <summary>
/// An event about a user, as in Clerk's documentation of webhooks (clerk.com/docs/guides/development/webhooks/overview).
/// </summary>
/// <param name="Type">See the constants.</param>
/// <param name="Subject">Clerk's id of the user, equal to the <c>sub</c> of their tokens.</param>
/// <param name="At">The time that the data is from.</param>
/// <param name="Data">The user; nearly empty for a deletion.</param>
internal sealed record ClerkEvent(string Type, string Subject, DateTimeOffset At, JsonElement Data)
{
    public const string Created = "user.created";
    public const string Updated = "user.updated";
    public const string Deleted = "user.deleted";

    private const long LatestMilliseconds = 253_402_300_799_999;

    private static readonly TimeSpan SecondsResolution = TimeSpan.FromMilliseconds(999);

    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>Masked.</summary>
    public override string ToString() => $"{nameof(ClerkEvent)} {{ Type = {Type} }}";

    /// <summary>Reads a verified body.</summary>
    /// <param name="body">As received.</param>
    /// <param name="sentAt">
    /// The delivery's own time: an upper bound for the event's time, and its replacement if absent.
    /// </param>
    public static ClerkBody Read(ReadOnlyMemory<byte> body, DateTimeOffset sentAt)
    {
        if (!Utf8.IsValid(body.Span))
            return new ClerkBody.Malformed();
        try
        {
            using var document = JsonDocument.Parse(body, Reading);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || Text(root, "type") is not { Length: > 0 } type)
                return new ClerkBody.Malformed();
            if (type is not (Created or Updated or Deleted))
                return new ClerkBody.Other();
            if (
                !root.TryGetProperty("data", out var data)
                || data.ValueKind != JsonValueKind.Object
                || !ExternalChannel.IsSubject(Text(data, "id"))
            )
                return new ClerkBody.Malformed();
            // A lone surrogate in an escape fails only when the text is read: read it now, while the event can still be
            // refused.
            if (type != Deleted)
                _ = ClerkProfile.Apply(Profile.Empty, data);
            // Prefer the data's own time to the event's: it orders two updates within one delivery's delay.
            var at = (type == Deleted ? null : Instant(data, "updated_at")) ?? Instant(root, "timestamp") ?? sentAt;
            // The delivery's time is in whole seconds: a cap at the start of the second would make all its events equally
            // new.
            var latest = sentAt + SecondsResolution;
            return new ClerkBody.User(new ClerkEvent(type, Text(data, "id")!, at < latest ? at : latest, data.Clone()));
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return new ClerkBody.Malformed();
        }
    }

    /// <summary>Returns a member's text; null if it is not text.</summary>
    public static string? Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object
        && parent.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static DateTimeOffset? Instant(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt64(out var milliseconds)
        && milliseconds is >= 0 and <= LatestMilliseconds
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;
}

/// <summary>
/// Maps Clerk's user to fields of a profile: Clerk's id, the primary e-mail address and whether it is verified, names,
/// picture, phone. Other fields are the tenant's own and stay. A value that a profile cannot hold is left out, never
/// altered.
/// </summary>
internal static class ClerkProfile
{
    private static readonly ProfileRequest Empty = new();

    /// <summary>The profile after an event.</summary>
    /// <param name="before">The current profile.</param>
    /// <param name="data">Clerk's user.</param>
    /// <param name="withEmail">False if the address belongs to another user.</param>
    /// <param name="withSubject">False in a blind-only tenant, which stores no ids.</param>
    public static Profile Apply(Profile before, JsonElement data, bool withEmail = true, bool withSubject = true)
    {
        var after = withSubject ? before with { ExternalSubject = ClerkEvent.Text(data, "id") } : before;
        if (Names(data, "first_name"))
        {
            var line = Line(Text(data, "first_name"), text => Empty with { FirstName = text }, profile => profile.FirstName);
            after = after with { FirstName = line };
        }

        if (Names(data, "last_name"))
        {
            var line = Line(Text(data, "last_name"), text => Empty with { LastName = text }, profile => profile.LastName);
            after = after with { LastName = line };
        }

        if (Names(data, "image_url"))
        {
            var line = Line(Text(data, "image_url"), text => Empty with { PictureUrl = text }, profile => profile.PictureUrl);
            after = after with { PictureUrl = line };
        }

        if (Names(data, "phone_numbers"))
        {
            var phone = Primary(data, "phone_numbers", "primary_phone_number_id");
            var number = phone is { } primary ? Text(primary, "phone_number") : null;
            after = after with { Phone = Line(number, text => Empty with { Phone = text }, profile => profile.Phone) };
        }

        if (!withEmail || !Names(data, "email_addresses"))
            return after;
        var email = Primary(data, "email_addresses", "primary_email_address_id");
        var given = email is { } found ? Text(found, "email_address") : null;
        var address = Line(given, text => Empty with { Email = text }, profile => profile.Email);
        return after with { Email = address, EmailVerified = address is not null && IsVerified(email!.Value) };
    }

    // The entry that Clerk marks as primary; without a mark the only one, or the first verified of several. Any other
    // would be a guess.
    private static JsonElement? Primary(JsonElement data, string list, string id)
    {
        if (!data.TryGetProperty(list, out var entries) || entries.ValueKind != JsonValueKind.Array)
            return null;
        var all = entries.EnumerateArray().Where(entry => entry.ValueKind == JsonValueKind.Object).ToList();
        var primary = ClerkEvent.Text(data, id);
        if (primary is not null && all.FindIndex(entry => ClerkEvent.Text(entry, "id") == primary) is >= 0 and var named)
            return all[named];
        if (all.Count == 1)
            return all[0];
        return all.FindIndex(IsVerified) is >= 0 and var verified ? all[verified] : null;
    }

    private static bool IsVerified(JsonElement entry) =>
        entry.TryGetProperty("verification", out var verification) && ClerkEvent.Text(verification, "status") == "verified";

    private static string? Text(JsonElement data, string name) =>
        ClerkEvent.Text(data, name) is { Length: > 0 } text ? text : null;

    private static bool Names(JsonElement data, string name) => data.TryGetProperty(name, out _);

    // The value in canonical form; null if the API would refuse it in a profile.
    private static string? Line(string? text, Func<string, ProfileRequest> request, Func<Profile, string?> field) =>
        text is not null && ProfileFields.TryRead(request(text), out var profile) is null ? field(profile) : null;
}
