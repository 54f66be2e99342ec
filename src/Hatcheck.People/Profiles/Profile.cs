using System.Text.Json.Serialization;
using Hatcheck.Contracts;

namespace Hatcheck.People.Profiles;

/// <summary>
/// A user's checked profile (<see cref="ProfileFields"/>). It is sealed in this form, so members may be added but never
/// renamed.
/// </summary>
internal sealed record Profile
{
    public static readonly Profile Empty = new();

    private static readonly IReadOnlyDictionary<string, string> NoAttributes = new Dictionary<string, string>(
        StringComparer.Ordinal
    );

    public string? Email { get; init; }

    public bool EmailVerified { get; init; }

    public string? FirstName { get; init; }

    public string? LastName { get; init; }

    public string? DisplayName { get; init; }

    public string? PictureUrl { get; init; }

    public string? Phone { get; init; }

    public string? Locale { get; init; }

    public string? OnboardingState { get; init; }

    public IReadOnlyDictionary<string, string>? Attributes { get; init; }

    public string? ExternalSubject { get; init; }

    /// <summary>Masked.</summary>
    public override string ToString() => nameof(Profile);

    /// <summary>Returns the profile as a request.</summary>
    public ProfileRequest ToRequest() =>
        new(
            Email,
            Email is null ? null : EmailVerified,
            FirstName,
            LastName,
            DisplayName,
            PictureUrl,
            Phone,
            Locale,
            OnboardingState,
            Attributes?.ToDictionary(pair => pair.Key, pair => (string?)pair.Value, StringComparer.Ordinal),
            ExternalSubject
        );

    /// <summary>Names of the fields that differ between two profiles, for the audit log: never a value.</summary>
    public static IEnumerable<string> Differences(Profile before, Profile after)
    {
        if (before.Email != after.Email)
            yield return "email";
        if (before.EmailVerified != after.EmailVerified)
            yield return "email_verified";
        if (before.FirstName != after.FirstName)
            yield return "first_name";
        if (before.LastName != after.LastName)
            yield return "last_name";
        if (before.DisplayName != after.DisplayName)
            yield return "display_name";
        if (before.PictureUrl != after.PictureUrl)
            yield return "picture_url";
        if (before.Phone != after.Phone)
            yield return "phone";
        if (before.Locale != after.Locale)
            yield return "locale";
        if (before.ExternalSubject != after.ExternalSubject)
            yield return "external_subject";
        if (before.OnboardingState != after.OnboardingState)
            yield return "onboarding_state";
        var (old, now) = (before.Attributes ?? NoAttributes, after.Attributes ?? NoAttributes);
        foreach (var name in old.Keys.Union(now.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            if (old.GetValueOrDefault(name) != now.GetValueOrDefault(name))
                yield return $"attributes.{name}";
        }
    }

    /// <summary>
    /// This profile, with missing fields taken from the other: after a merge the survivor's values take precedence.
    /// </summary>
    public Profile FilledFrom(Profile other) =>
        this with
        {
            Email = Email ?? other.Email,
            EmailVerified = Email is null ? other.EmailVerified : EmailVerified,
            FirstName = FirstName ?? other.FirstName,
            LastName = LastName ?? other.LastName,
            DisplayName = DisplayName ?? other.DisplayName,
            PictureUrl = PictureUrl ?? other.PictureUrl,
            Phone = Phone ?? other.Phone,
            Locale = Locale ?? other.Locale,
            OnboardingState = OnboardingState ?? other.OnboardingState,
            Attributes = Attributes ?? other.Attributes,
            ExternalSubject = ExternalSubject ?? other.ExternalSubject,
        };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(Profile))]
internal sealed partial class SealedProfileJson : JsonSerializerContext;
