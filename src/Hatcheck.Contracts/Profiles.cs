using System.ComponentModel.DataAnnotations;

namespace Hatcheck.Contracts;

/// <summary>
/// A user's profile. Body of <c>POST /users</c> and <c>PUT /users/{id}</c>, and the form of a merge patch for
/// <c>PATCH /users/{id}</c>. Stored sealed; e-mail address and phone number can be searched by exact value only.
/// </summary>
/// <param name="Email">At most 254 characters, unique in the tenant regardless of case. Stored as written.</param>
/// <param name="EmailVerified">
/// Whether the caller has verified that the address is the user's; requires an address. A new address without it is
/// unverified.
/// </param>
/// <param name="FirstName">1 to 200 characters on one line.</param>
/// <param name="LastName">1 to 200 characters on one line.</param>
/// <param name="DisplayName">1 to 200 characters on one line.</param>
/// <param name="PictureUrl">An absolute https URL, at most 2,048 characters. Hatcheck never fetches it.</param>
/// <param name="Phone">
/// E.164, such as <c>+491701234567</c>; spaces, hyphens, dots and brackets are removed. Several users may share one.
/// </param>
/// <param name="Locale">A BCP 47 language tag, such as <c>de-AT</c>.</param>
/// <param name="OnboardingState">The user's onboarding progress, as a code: 1 to 64 of <c>a-z 0-9 . _ -</c>.</param>
/// <param name="Attributes">
/// At most 32 facts of the tenant's own: names are codes like <paramref name="OnboardingState"/>, values up to 1,024 bytes
/// of UTF-8, 8,192 bytes in all. In a patch, null removes a name.
/// </param>
/// <param name="ExternalSubject">
/// The user's id at the tenant's sign-in provider: 1 to 255 printable ASCII characters. A note for the tenant's services:
/// sign-in does not use it, but the user's identity of the channel <c>external</c>.
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
/// <param name="NextCursor">Pass it as <c>cursor</c> for the next page; absent on the last page.</param>
public sealed record UserPage([property: MaxLength(200)] IReadOnlyList<UserResponse> Items, string? NextCursor = null);

/// <summary>
/// A search by exactly one of e-mail and phone. Body of <c>POST /users/search</c>: personal data never appears in a URL.
/// </summary>
/// <param name="Email">The full address, in any case.</param>
/// <param name="Phone">The full number, E.164.</param>
/// <param name="IncludeDeleted">Whether to include users who are deleted and not yet erased. False if absent.</param>
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

/// <summary>The users found. Answer of <c>POST /users/search</c>.</summary>
/// <param name="Items">By e-mail at most one user, by phone at most 50, oldest first.</param>
public sealed record UserSearchResponse([property: MaxLength(50)] IReadOnlyList<UserResponse> Items);
