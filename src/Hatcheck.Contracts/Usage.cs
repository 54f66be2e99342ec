using System.ComponentModel.DataAnnotations;

namespace Hatcheck.Contracts;

/// <summary>
/// One line of a user's usage log. Body of <c>POST /users/{id}/usage</c>; everything except the time is stored sealed.
/// </summary>
/// <param name="Action">
/// What the user did, as a code: 1 to 64 of <c>a-z 0-9 . _ -</c>, such as <c>command.start</c>.
/// </param>
/// <param name="At">When, UTC; the server's time if absent. At most 5 minutes ahead, and not before 2000.</param>
/// <param name="Attributes">
/// At most 16 short facts: names are codes like the action, values up to 256 characters. Never the text of a query.
/// </param>
[Request("""{ "action": "command.start", "attributes": { "lang": "de" } }""")]
public sealed record UsageRequest(
    [property: Required, Code] string? Action,
    DateTimeOffset? At = null,
    [property: Facts(16, 256)] IReadOnlyDictionary<string, string>? Attributes = null
);

/// <summary>A stored line of the usage log.</summary>
public sealed record UsageEntry(
    Guid Id,
    DateTimeOffset At,
    string Action,
    IReadOnlyDictionary<string, string>? Attributes = null
);

/// <summary>A page of the usage log, newest first.</summary>
/// <param name="Items">At most <c>limit</c> entries.</param>
/// <param name="NextCursor">Pass it as <c>cursor</c> for the next page; absent on the last page.</param>
public sealed record UsagePage([property: MaxLength(200)] IReadOnlyList<UsageEntry> Items, string? NextCursor = null);
