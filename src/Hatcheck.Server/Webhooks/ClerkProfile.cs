using System.Text.Json;
using Hatcheck.Contracts;
using Hatcheck.Server.Profiles;

namespace Hatcheck.Server.Webhooks;

/// <summary>
/// What Clerk knows of a user, as fields of a profile: Clerk's id of them, the primary e-mail address and whether it is verified, names, picture, phone. Other
/// fields are the tenant's own and stay. A value that a profile can't hold is left out, never altered.
/// </summary>
internal static class ClerkProfile
{
    private static readonly ProfileRequest Empty = new();

    /// <summary>The profile after an event.</summary>
    /// <param name="before">The profile as it is.</param>
    /// <param name="data">Clerk's user.</param>
    /// <param name="withEmail">False where the address is another user's.</param>
    /// <param name="withSubject">False in a blind-only tenant, which keeps nobody's id.</param>
    public static Profile Apply(Profile before, JsonElement data, bool withEmail = true, bool withSubject = true)
    {
        var after = withSubject ? before with { ExternalSubject = ClerkEvent.Text(data, "id") } : before;
        if (Names(data, "first_name")) after = after with { FirstName = Line(Text(data, "first_name"), text => Empty with { FirstName = text }, profile => profile.FirstName) };
        if (Names(data, "last_name")) after = after with { LastName = Line(Text(data, "last_name"), text => Empty with { LastName = text }, profile => profile.LastName) };
        if (Names(data, "image_url")) after = after with { PictureUrl = Line(Text(data, "image_url"), text => Empty with { PictureUrl = text }, profile => profile.PictureUrl) };
        if (Names(data, "phone_numbers"))
        {
            var phone = Primary(data, "phone_numbers", "primary_phone_number_id");
            after = after with { Phone = Line(phone is { } number ? Text(number, "phone_number") : null, text => Empty with { Phone = text }, profile => profile.Phone) };
        }

        if (!withEmail || !Names(data, "email_addresses")) return after;
        var email = Primary(data, "email_addresses", "primary_email_address_id");
        var address = Line(email is { } found ? Text(found, "email_address") : null, text => Empty with { Email = text }, profile => profile.Email);
        return after with { Email = address, EmailVerified = address is not null && IsVerified(email!.Value) };
    }

    // The one that is named; without a name the only one, or of several the first that is verified: any other choice would be a guess.
    private static JsonElement? Primary(JsonElement data, string list, string id)
    {
        if (!data.TryGetProperty(list, out var entries) || entries.ValueKind != JsonValueKind.Array) return null;
        var all = entries.EnumerateArray().Where(entry => entry.ValueKind == JsonValueKind.Object).ToList();
        if (ClerkEvent.Text(data, id) is { } primary && all.FindIndex(entry => ClerkEvent.Text(entry, "id") == primary) is >= 0 and var named) return all[named];
        if (all.Count == 1) return all[0];
        return all.FindIndex(IsVerified) is >= 0 and var verified ? all[verified] : null;
    }

    private static bool IsVerified(JsonElement entry) => entry.TryGetProperty("verification", out var verification) && ClerkEvent.Text(verification, "status") == "verified";

    private static string? Text(JsonElement data, string name) => ClerkEvent.Text(data, name) is { Length: > 0 } text ? text : null;

    private static bool Names(JsonElement data, string name) => data.TryGetProperty(name, out _);

    // As a profile takes it over the API, in its one spelling; null where it would be refused.
    private static string? Line(string? text, Func<string, ProfileRequest> request, Func<Profile, string?> field) =>
        text is not null && ProfileFields.TryRead(request(text), out var profile) is null ? field(profile) : null;
}
