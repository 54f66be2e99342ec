using System.Text;
using Hatcheck.Contracts;
using Hatcheck.Crypto;
using Hatcheck.Server.Channels;
using Hatcheck.Server.Platform.Http;

namespace Hatcheck.Server.Profiles;

/// <summary>What the fields of a profile may be. Every wrong one is named at once; what is right is kept as it was written.</summary>
internal static class ProfileFields
{
    private const int LongestName = 200;
    private const int LongestUrl = 2048;
    private const int MostAttributes = 32;
    private const int LongestValue = 1024;
    private const int LargestAttributes = 8192;

    /// <summary>The profile that a request asks for; a member that is absent or null is empty. Else the problem to answer.</summary>
    public static Problem? TryRead(ProfileRequest request, out Profile profile)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        void Require(bool holds, string field, string form)
        {
            if (!holds) errors.TryAdd(field, [form]);
        }

        Require(request.Email is null || CanonicalId.TryEmail(request.Email, out _), "email", "An e-mail address of at most 254 characters, as ada@example.org; no quoted local part, no address literal, letters in NFC.");
        Require(request.EmailVerified is not true || request.Email is not null, "email_verified", "There is no address to be verified.");
        foreach (var (field, value) in new[] { ("first_name", request.FirstName), ("last_name", request.LastName), ("display_name", request.DisplayName) })
            Require(value is null || IsLine(value, LongestName), field, $"1 to {LongestName} characters on one line, without control characters.");
        Require(request.PictureUrl is null || IsHttps(request.PictureUrl), "picture_url", $"An absolute https address of at most {LongestUrl} ASCII characters, without user name.");
        string? phone = null;
        Require(request.Phone is null || CanonicalId.TryPhone(request.Phone, out phone), "phone", "A phone number in E.164 form: + and 7 to 15 ASCII digits, as +491701234567.");
        Require(request.Locale is null || LanguageTag.IsWellFormed(request.Locale), "locale", "A language tag as of BCP 47, as de, de-AT or zh-Hant-TW; with hyphens, never underscores.");
        Require(request.OnboardingState is null || BoundedText.IsCode(request.OnboardingState), "onboarding_state", "1 to 64 of a-z 0-9 . _ - as profile.complete.");
        Require(request.ExternalSubject is null || ExternalChannel.IsSubject(request.ExternalSubject), "external_subject", "1 to 255 printable ASCII characters, as a token's `sub`.");
        Attributes(request.Attributes, errors);
        profile = errors.Count > 0 ? Profile.Empty : new Profile
        {
            Email = request.Email,
            EmailVerified = request.EmailVerified is true,
            FirstName = request.FirstName,
            LastName = request.LastName,
            DisplayName = request.DisplayName,
            PictureUrl = request.PictureUrl,
            Phone = phone,
            Locale = request.Locale,
            OnboardingState = request.OnboardingState,
            ExternalSubject = request.ExternalSubject,
            Attributes = request.Attributes is { Count: > 0 } given ? given.ToDictionary(pair => pair.Key, pair => pair.Value!, StringComparer.Ordinal) : null,
        };
        return errors.Count > 0 ? Problems.Invalid(errors) : null;
    }

    private static void Attributes(IReadOnlyDictionary<string, string?>? attributes, Dictionary<string, string[]> errors)
    {
        if (attributes is null) return;
        if (attributes.Count > MostAttributes)
        {
            errors["attributes"] = [$"At most {MostAttributes}."];
            return;
        }

        var size = 0;
        foreach (var (name, value) in attributes)
        {
            // A name that is none is not repeated.
            if (!BoundedText.IsCode(name)) errors["attributes"] = ["Names are 1 to 64 of a-z 0-9 . _ -"];
            else if (value is null || BoundedText.Accept(value, LongestValue) is null || Encoding.UTF8.GetByteCount(value) > LongestValue)
                errors[$"attributes.{name}"] = [$"Text of at most {LongestValue} bytes in UTF-8, without control characters."];
            else size += name.Length + Encoding.UTF8.GetByteCount(value);
        }

        if (size > LargestAttributes) errors.TryAdd("attributes", [$"Names and values have at most {LargestAttributes} bytes in all."]);
    }

    private static bool IsLine(string value, int longest) => value.Length > 0 && BoundedText.Accept(value, longest) is not null && value.AsSpan().IndexOfAny('\n', '\t') < 0;

    // ASCII only: other letters are percent-encoded or punycode in an address, and two spellings of one are no use to anybody.
    private static bool IsHttps(string value) =>
        value.Length <= LongestUrl && value.StartsWith("https://", StringComparison.Ordinal) && value.All(letter => letter is > ' ' and < '\x7f' and not ('"' or '<' or '>' or '\\' or '^' or '`' or '{' or '|' or '}'))
        && Uri.TryCreate(value, UriKind.Absolute, out var address) && address.Host.Length > 0 && address.UserInfo.Length == 0;
}
