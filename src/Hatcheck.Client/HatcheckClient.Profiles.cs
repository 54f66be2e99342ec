using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hatcheck.Contracts;

namespace Hatcheck.Client;

public sealed partial class HatcheckClient
{
    /// <summary>Creates a user with a profile and no identity yet. Scope <c>users:write</c>.</summary>
    /// <param name="profile">The user's profile.</param>
    /// <param name="idempotencyKey">As for <see cref="RecordUsageAsync"/>.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="HatcheckException"><see cref="ProblemCodes.EmailTaken"/>: another user has this address.</exception>
    public Task<UserResponse> CreateUserAsync(
        ProfileRequest profile,
        string? idempotencyKey = null,
        CancellationToken cancellation = default
    ) =>
        transport.SendAsync(
            Call.Post("users", profile, HatcheckJson.Default.ProfileRequest) with
            {
                IdempotencyKey = CheckedKey(idempotencyKey),
                Repeatable = true,
            },
            HatcheckJson.Default.UserResponse,
            cancellation
        );

    /// <summary>Replaces a profile; omitted fields are emptied. Scope <c>users:write</c>.</summary>
    /// <param name="user">The user's ticket.</param>
    /// <param name="profile">The whole profile.</param>
    /// <param name="version">The <see cref="UserResponse.Version"/> that was read, so that no change is overwritten.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="HatcheckException"><see cref="ProblemCodes.ProfileChanged"/>: read the user again.</exception>
    public Task<UserResponse> ReplaceProfileAsync(
        Guid user,
        ProfileRequest profile,
        int version,
        CancellationToken cancellation = default
    ) =>
        transport.SendAsync(
            Call.Post($"users/{user}", profile, HatcheckJson.Default.ProfileRequest) with
            {
                Method = HttpMethod.Put,
                IfMatch = TagOf(version),
            },
            HatcheckJson.Default.UserResponse,
            cancellation
        );

    /// <summary>Changes fields of a profile and leaves the others. Scope <c>users:write</c>.</summary>
    /// <param name="user">The user's ticket.</param>
    /// <param name="changes">Sets the fields that are not null, and the attributes that are named.</param>
    /// <param name="clear">
    /// Fields to empty, by their names on the wire: <c>phone</c>, <c>attributes</c>, <c>attributes.plan</c>.
    /// </param>
    /// <param name="version">Changes only this <see cref="UserResponse.Version"/>; absent: any.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="HatcheckException"><see cref="ProblemCodes.ProfileChanged"/>: it has another version.</exception>
    public Task<UserResponse> UpdateProfileAsync(
        Guid user,
        ProfileRequest changes,
        IReadOnlyList<string>? clear = null,
        int? version = null,
        CancellationToken cancellation = default
    )
    {
        var patch = JsonSerializer.SerializeToNode(changes, HatcheckJson.Default.ProfileRequest)!.AsObject();
        foreach (var field in clear ?? [])
        {
            var dot = field.IndexOf('.', StringComparison.Ordinal);
            if (dot < 0)
                patch[field] = null;
            else if (patch[field[..dot]] is JsonObject inner)
                inner[field[(dot + 1)..]] = null;
            else
                patch[field[..dot]] = new JsonObject { [field[(dot + 1)..]] = null };
        }

        var call = new Call(HttpMethod.Patch, $"users/{user}")
        {
            Body = Encoding.UTF8.GetBytes(patch.ToJsonString()),
            IfMatch = version is { } one ? TagOf(one) : null,
            Repeatable = version is null,
        };
        return transport.SendAsync(call, HatcheckJson.Default.UserResponse, cancellation);
    }

    /// <summary>
    /// Deletes a user, who can be restored during the server's grace period and is erased after it. Scope
    /// <c>users:erase</c>.
    /// </summary>
    /// <exception cref="HatcheckException"><see cref="ProblemCodes.UserDeleted"/>: the user was deleted before.</exception>
    public Task DeleteUserAsync(Guid user, CancellationToken cancellation = default) =>
        transport.SendAsync(
            new Call(HttpMethod.Delete, $"users/{user}") { Repeatable = true, DoneBefore = ProblemCodes.UserDeleted },
            cancellation
        );

    /// <summary>Restores a deleted user completely. Scope <c>users:write</c>.</summary>
    /// <exception cref="HatcheckException">
    /// <see cref="ProblemCodes.RestoreTooLate"/>, <see cref="ProblemCodes.UserErased"/>.
    /// </exception>
    public Task<UserResponse> RestoreUserAsync(Guid user, CancellationToken cancellation = default) =>
        transport.SendAsync(
            new Call(HttpMethod.Post, $"users/{user}/restore") { Repeatable = true },
            HatcheckJson.Default.UserResponse,
            cancellation
        );

    /// <summary>
    /// The user whose profile has this address, ignoring case; null if there is none. Scope <c>users:read</c>.
    /// </summary>
    public async Task<UserResponse?> FindByEmailAsync(
        string email,
        bool includeDeleted = false,
        CancellationToken cancellation = default
    ) =>
        await SearchAsync(new UserSearchRequest(Email: email, IncludeDeleted: includeDeleted), cancellation) is [var user, ..]
            ? user
            : null;

    /// <summary>The users whose profile has this phone number, E.164; at most 50. Scope <c>users:read</c>.</summary>
    public Task<IReadOnlyList<UserResponse>> FindByPhoneAsync(
        string phone,
        bool includeDeleted = false,
        CancellationToken cancellation = default
    ) => SearchAsync(new UserSearchRequest(Phone: phone, IncludeDeleted: includeDeleted), cancellation);

    /// <summary>A page of the tenant's users, newest first. Scope <c>users:read</c>.</summary>
    /// <param name="limit">Users per page, 1 to 200; absent: the server's default.</param>
    /// <param name="cursor">From <see cref="UserPage.NextCursor"/>; absent: the first page.</param>
    /// <param name="deleted">Lists deleted users that are not yet erased, instead of active ones.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<UserPage> ListUsersAsync(
        int? limit = null,
        string? cursor = null,
        bool deleted = false,
        CancellationToken cancellation = default
    )
    {
        var query = new StringBuilder("users?deleted=").Append(deleted ? "true" : "false");
        if (limit is { } most)
            query.Append(CultureInfo.InvariantCulture, $"&limit={most}");
        if (cursor is not null)
            query.Append("&cursor=").Append(Uri.EscapeDataString(cursor));
        return transport.SendAsync(Call.Get(query.ToString()), HatcheckJson.Default.UserPage, cancellation);
    }

    /// <summary>Every user, page after page. Scope <c>users:read</c>.</summary>
    public async IAsyncEnumerable<UserResponse> ReadUsersAsync(
        bool deleted = false,
        [EnumeratorCancellation] CancellationToken cancellation = default
    )
    {
        string? cursor = null;
        do
        {
            var page = await ListUsersAsync(cursor: cursor, deleted: deleted, cancellation: cancellation);
            foreach (var user in page.Items)
                yield return user;
            cursor = page.NextCursor;
        } while (cursor is not null);
    }

    private async Task<IReadOnlyList<UserResponse>> SearchAsync(UserSearchRequest request, CancellationToken cancellation) =>
        (
            await transport.SendAsync(
                Call.Post("users/search", request, HatcheckJson.Default.UserSearchRequest) with
                {
                    Repeatable = true,
                },
                HatcheckJson.Default.UserSearchResponse,
                cancellation
            )
        ).Items;

    private static string TagOf(int version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");
}
