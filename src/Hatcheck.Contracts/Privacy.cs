using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace Hatcheck.Contracts;

/// <summary>Everything stored about a user, in readable form. Answer of <c>GET /users/{id}/export</c>.</summary>
/// <param name="Format">Always <c>hatcheck-export/1</c>.</param>
/// <param name="ExportedAt">UTC.</param>
/// <param name="UserId">The (surviving) user.</param>
/// <param name="Sections">
/// A list of entries per kind of data, by its name in the data inventory, such as <c>identities</c> or <c>usage</c>.
/// </param>
public sealed record UserExport(
    [property: AllowedValues("hatcheck-export/1")] string Format,
    DateTimeOffset ExportedAt,
    Guid UserId,
    IReadOnlyDictionary<string, IReadOnlyList<JsonElement>> Sections
);

/// <summary>
/// How much is stored about a user, without the content. Answer of <c>GET /users/{id}/summary</c>; the bot's
/// <c>/mydata</c>.
/// </summary>
/// <param name="UserId">The (surviving) user.</param>
/// <param name="CreatedAt">When the user was created, UTC.</param>
/// <param name="Sections">Entries per kind of data, with a sentence on what it is and why it is stored.</param>
public sealed record UserSummary(Guid UserId, DateTimeOffset CreatedAt, IReadOnlyList<SummarySection> Sections);

/// <summary>One kind of data in a <see cref="UserSummary"/>.</summary>
public sealed record SummarySection(string Name, string Description, [property: Range(0, int.MaxValue)] int Count);
