using System.ComponentModel.DataAnnotations;

namespace Hatcheck.Contracts;

/// <summary>
/// A person's profile. Body of <c>POST /users</c> and <c>PUT /users/{id}</c>, and the form of a merge patch for <c>PATCH
/// /users/{id}</c>. Kept sealed; the e-mail address and the phone number are found by exact value only.
/// </summary>
/// <param name="Email">At most 254 characters, unique in the tenant whatever its case. Kept as it is written.</param>
/// <param name="EmailVerified">Whether the caller has proved that the address is the person's; needs an address. A new
/// address is unverified unless this is said with it.</param>
/// <param name="FirstName">1 to 200 characters on one line.</param>
/// <param name="LastName">1 to 200 characters on one line.</param>
/// <param name="DisplayName">1 to 200 characters on one line.</param>
/// <param name="PictureUrl">An absolute https address, at most 2,048 characters. It is never fetched.</param>
/// <param name="Phone">E.164, as <c>+491701234567</c>; spaces, hyphens, dots and brackets are dropped. Several people may
/// share one.</param>
/// <param name="Locale">A language tag as of BCP 47, as <c>de-AT</c>.</param>
/// <param name="OnboardingState">How far the person has come, as a code: 1 to 64 of <c>a-z 0-9 . _ -</c>.</param>
/// <param name="Attributes">
/// At most 32 facts of the tenant's own: names as of <paramref name="OnboardingState"/>, values up to 1,024 bytes of UTF-8,
/// 8,192 bytes in all. In a patch a name with null is removed.
/// </param>
/// <param name="ExternalSubject">
/// What the tenant's sign-in provider calls the person: 1 to 255 printable ASCII characters. A note for the tenant's
/// services, which nobody is known by: who signs in is known by their identity of the channel <c>external</c>.
/// </param>
[Request("""{ "email": "ada@example.org", "first_name": "Ada", "locale": "en-GB", "attributes": { "plan": "family" } }""")]
public sealed record ProfileRequest(
    [property: StringLength(254, MinimumLength = 3)] string? Email = null,
    bool? EmailVerified = null,
    [property: Printable(200, MinimumLength = 1, OneLine = true)] string? FirstName = null,
    [property: Printable(200, MinimumLength = 1, OneLine = true)] string? LastName = null,
    [property: Printable(200, MinimumLength = 1, OneLine = true)] string? DisplayName = null,
    [property: StringLength(2048), Url] string? PictureUrl = null,
    [property: StringLength(30, MinimumLength = 8)] string? Phone = null,
    [property: StringLength(35, MinimumLength = 2)] string? Locale = null,
    [property: Code] string? OnboardingState = null,
    [property: Facts(32, 1024, InBytes = true, LargestInAll = 8192)] IReadOnlyDictionary<string, string?>? Attributes = null,
    [property: StringLength(255, MinimumLength = 1)] string? ExternalSubject = null
)
{
    /// <summary>Masked.</summary>
    public override string ToString() => nameof(ProfileRequest);
}

/// <summary>A page of users, newest first.</summary>
/// <param name="Items">At most <c>limit</c> users.</param>
/// <param name="NextCursor">Give it as <c>cursor</c> for the next page; absent on the last.</param>
public sealed record UserPage([property: MaxLength(200)] IReadOnlyList<UserResponse> Items, string? NextCursor = null);

/// <summary>
/// Whom to find, by exactly one of the two. Body of <c>POST /users/search</c>: personal data never stands in a URL.
/// </summary>
/// <param name="Email">The whole address, in any case.</param>
/// <param name="Phone">The whole number, E.164.</param>
/// <param name="IncludeDeleted">Also people who were deleted and not yet erased. False if absent.</param>
[Request("""{ "email": "ada@example.org" }""")]
public sealed record UserSearchRequest(
    [property: StringLength(254, MinimumLength = 3)] string? Email = null,
    [property: StringLength(30, MinimumLength = 8)] string? Phone = null,
    bool? IncludeDeleted = null
)
{
    /// <summary>Masked.</summary>
    public override string ToString() => nameof(UserSearchRequest);
}

/// <summary>Who was found. Answer of <c>POST /users/search</c>.</summary>
/// <param name="Items">By e-mail at most one user, by phone at most 50, oldest first.</param>
public sealed record UserSearchResponse([property: MaxLength(50)] IReadOnlyList<UserResponse> Items);
