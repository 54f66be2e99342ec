using Hatcheck.Contracts;
using Hatcheck.Crypto;
using Hatcheck.Platform;
using Hatcheck.Platform.Channels;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Http.Requests;
using Hatcheck.Platform.Locales;

namespace Hatcheck.People.Profiles;

/// <summary>
/// Validates the fields of a profile. All faults are reported at once; valid values are stored as written.
/// </summary>
internal static class ProfileFields
{
    private const string Email =
        "An e-mail address of at most 254 characters, such as ada@example.org; no quoted local part, no address literal, "
        + "letters in NFC.";

    /// <summary>
    /// Reads the profile of a request; absent and null members are empty. Returns the problem to answer if the request is
    /// invalid. The language tag of <paramref name="held"/> may stay unchanged.
    /// </summary>
    public static Problem? TryRead(ProfileRequest request, out Profile profile, Profile? held = null)
    {
        var faults = new RequestFaults();
        Check(request, faults, held);
        RequestBounds.Of(typeof(ProfileRequest)).Check(request, faults);
        profile = faults.Any ? Profile.Empty : Of(request);
        return faults.ToProblem();
    }

    /// <summary>Same, as an outcome.</summary>
    public static Outcome<Profile> Read(ProfileRequest request, Profile? held = null) =>
        TryRead(request, out var profile, held) is { } problem ? new Refusal.Invalid(problem) : profile;

    /// <summary>Checks the rules that attributes cannot express.</summary>
    public static void Check(ProfileRequest request, RequestFaults faults) => Check(request, faults, held: null);

    private static void Check(ProfileRequest request, RequestFaults faults, Profile? held)
    {
        faults.Require(request.Email is null || CanonicalId.TryEmail(request.Email, out _), "email", Email);
        faults.Require(
            request.EmailVerified is not true || request.Email is not null,
            "email_verified",
            "There is no address to verify."
        );
        faults.Require(
            request.PictureUrl is null || IsHttps(request.PictureUrl),
            "picture_url",
            "An absolute https address of at most 2048 ASCII characters, without a user name."
        );
        faults.Require(
            request.Phone is null || CanonicalId.TryPhone(request.Phone, out _),
            "phone",
            "A phone number in E.164 form: + and 7 to 15 ASCII digits, such as +491701234567."
        );
        // Earlier versions accepted unregistered tags: those stay until they are changed.
        if (request.Locale is { } locale && locale != held?.Locale && !LanguageTag.IsValid(locale))
            faults.Require(false, "locale", LanguageTag.Form + Nearest.Question(NearestLocale.Languages(locale)));
        faults.Require(
            request.ExternalSubject is null || ExternalChannel.IsSubject(request.ExternalSubject),
            "external_subject",
            "1 to 255 printable ASCII characters, like a token's `sub`."
        );
    }

    private static Profile Of(ProfileRequest request) =>
        new()
        {
            Email = request.Email,
            EmailVerified = request.EmailVerified is true,
            FirstName = request.FirstName,
            LastName = request.LastName,
            DisplayName = request.DisplayName,
            PictureUrl = request.PictureUrl,
            Phone = request.Phone is { } given && CanonicalId.TryPhone(given, out var phone) ? phone : null,
            Locale = request.Locale,
            OnboardingState = request.OnboardingState,
            ExternalSubject = request.ExternalSubject,
            Attributes = request.Attributes is { Count: > 0 } attributes
                ? attributes.ToDictionary(pair => pair.Key, pair => pair.Value!, StringComparer.Ordinal)
                : null,
        };

    // ASCII only: URLs percent-encode other letters or use punycode, and two spellings of one URL help no one.
    private static bool IsHttps(string value) =>
        value.StartsWith("https://", StringComparison.Ordinal)
        && value.All(letter =>
            letter is > ' ' and < '\x7f' and not ('"' or '<' or '>' or '\\' or '^' or '`' or '{' or '|' or '}')
        )
        && Uri.TryCreate(value, UriKind.Absolute, out var address)
        && address.Host.Length > 0
        && address.UserInfo.Length == 0;
}
