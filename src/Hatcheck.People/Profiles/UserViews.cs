using Hatcheck.Contracts;
using Hatcheck.Crypto;
using Hatcheck.People.Users;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;

namespace Hatcheck.People.Profiles;

/// <summary>Reads whole users: row, profile and identities, in one statement, decrypted.</summary>
internal sealed class UserViews(Database database, PersonVaults vaults)
{
    public const int MostFound = 50;

    // One row per identity and key version. Each repeats the user's columns, which is cheap: users have few of them.
    private static readonly Columns Shown = new();
    private static readonly Field Id = Shown.Add("s.user_id");
    private static readonly Field CreatedAt = Shown.Add("s.created_at");
    private static readonly Field ErasedAt = Shown.Add("s.erased_at");
    private static readonly Field DeletedAt = Shown.Add("s.deleted_at");
    private static readonly Field Version = Shown.Add("s.version");
    private static readonly Field UpdatedAt = Shown.Add("s.updated_at");
    private static readonly WrappedKey.Fields Key = new(Shown, "k", Id, KeyPurpose.Data);
    private static readonly Field Sealed = Shown.Add("p.profile");
    private static readonly Field IdentityId = Shown.Add("i.identity_id");
    private static readonly Field Channel = Shown.Add("i.channel");
    private static readonly Field Kind = Shown.Add("i.kind");
    private static readonly Field IsBlindOnly = Shown.Add("i.sealed_id is null");
    private static readonly Field LinkedAt = Shown.Add("i.linked_at");

    private static readonly string Select = $"select {Shown} from ";

    private const string Parts =
        "left join user_keys k on k.tenant_id = s.tenant_id and k.user_id = s.user_id and k.purpose = 'data' "
        + "left join profiles p on p.tenant_id = s.tenant_id and p.user_id = s.user_id "
        + "left join identities i on i.tenant_id = s.tenant_id and i.user_id = s.user_id ";

    private static readonly string OneQuery =
        Select + "users u " + Survivor.Join + Parts + "where u.tenant_id = $1 and u.user_id = $2 order by k.version desc";

    // An identity always points to a surviving user, deleted or not: a merge re-points it and an erasure deletes it, in
    // the same transaction.
    private static readonly string IdentityQuery =
        Select
        + "identities f join users s on s.tenant_id = f.tenant_id and s.user_id = f.user_id "
        + Parts
        + "where f.tenant_id = $1 and f.channel = $2 and f.index_value = $3 order by k.version desc";

    private static readonly string PageQuery =
        Select
        + "(select * from users where tenant_id = $1 and merged_into is null and erased_at is null and deleted_at is null "
        + "and (created_at < $2 or (created_at = $2 and user_id < $3)) order by created_at desc, user_id desc limit $4) s "
        + Parts
        + "order by s.created_at desc, s.user_id desc, k.version desc";

    private static readonly string DeletedPageQuery =
        Select
        + "(select * from users where tenant_id = $1 and merged_into is null and erased_at is null and deleted_at is not null "
        + "and (deleted_at < $2 or (deleted_at = $2 and user_id < $3)) order by deleted_at desc, user_id desc limit $4) s "
        + Parts
        + "order by s.deleted_at desc, s.user_id desc, k.version desc";

    private static readonly string SearchQuery =
        Select
        + "(select u.* from profile_values v join users u on u.tenant_id = v.tenant_id and u.user_id = v.user_id "
        + "where v.tenant_id = $1 and v.kind = $2 and v.index_value = $3 and u.erased_at is null and (u.deleted_at is null "
        + "or $4) "
        + "order by u.created_at, u.user_id limit $5) s "
        + Parts
        + "order by s.created_at, s.user_id, k.version desc";

    /// <summary>The read of a user, to run together with the check of the caller.</summary>
    public static ReadAhead? Ahead(HttpContext context, Guid tenant) =>
        context.Request.RouteValues["id"] is string text && RequestForm.IsId(text) && Guid.TryParse(text, out var user)
            ? new ReadAhead<PartRow>(OneQuery, [tenant, user], Read)
            : null;

    /// <summary>
    /// Reads a user by id, following merges. One round trip, or none if it was read <paramref name="ahead"/>.
    /// </summary>
    public async Task<Outcome<UserResponse>> GetAsync(
        Guid tenant,
        Guid user,
        CancellationToken cancellation,
        ReadAhead? ahead = null
    )
    {
        var rows =
            (ahead as ReadAhead<PartRow>)?.Rows
            ?? await database.QueryAsync(tenant, OneQuery, [tenant, user], Read, cancellation);
        return await OneAsync(tenant, user, rows, new Refusal.Gone(IsDeleted: true), cancellation);
    }

    /// <summary>
    /// Finds the user of an identity, given as its index under one or more keys. Creates and records nothing. One round
    /// trip per key.
    /// </summary>
    public async Task<Outcome<UserResponse>> FindAsync(
        Guid tenant,
        string channel,
        IEnumerable<string> values,
        CancellationToken cancellation
    )
    {
        foreach (var value in values)
        {
            var rows = await database.QueryAsync(tenant, IdentityQuery, [tenant, channel, value], Read, cancellation);
            if (rows.Count == 0)
                continue;
            // The caller sent an identity, so they do not know the user to restore.
            var user = rows[0].User;
            return await OneAsync(tenant, user, rows, new Refusal.Gone(IsDeleted: true, user), cancellation);
        }

        return new Refusal.Absent();
    }

    /// <summary>
    /// Active users, newest first, or deleted ones, last deleted first; one more than <paramref name="limit"/> if there
    /// are more. One round trip.
    /// </summary>
    public async Task<List<UserResponse>> PageAsync(
        Guid tenant,
        bool deleted,
        PageCursor after,
        int limit,
        CancellationToken cancellation
    ) =>
        await ViewsAsync(
            tenant,
            await database.QueryAsync(
                tenant,
                deleted ? DeletedPageQuery : PageQuery,
                [tenant, after.At, after.Entry, limit + 1],
                Read,
                cancellation
            ),
            cancellation
        );

    /// <summary>Finds the users whose profile has this value, given as its index under one or more keys.</summary>
    public async Task<List<UserResponse>> SearchAsync(
        Guid tenant,
        string kind,
        IEnumerable<string> values,
        bool includeDeleted,
        CancellationToken cancellation
    )
    {
        var users = new List<UserResponse>();
        // Almost always one value; more during a rotation of the index key.
        foreach (var value in values)
            users.AddRange(
                await ViewsAsync(
                    tenant,
                    await database.QueryAsync(
                        tenant,
                        SearchQuery,
                        [tenant, kind, value, includeDeleted, MostFound],
                        Read,
                        cancellation
                    ),
                    cancellation
                )
            );
        return [.. users.DistinctBy(user => user.Id).OrderBy(user => user.CreatedAt).ThenBy(user => user.Id).Take(MostFound)];
    }

    private async Task<Outcome<UserResponse>> OneAsync(
        Guid tenant,
        Guid asked,
        List<PartRow> rows,
        Refusal.Gone deleted,
        CancellationToken cancellation
    )
    {
        if (rows.Count == 0)
            return new Refusal.Absent();
        if (rows[0].Erased || rows[0].Key is null)
            return new Refusal.Gone(IsDeleted: false);
        return rows[0].DeletedAt is null ? await ViewAsync(tenant, rows, asked, cancellation) : deleted;
    }

    private async Task<List<UserResponse>> ViewsAsync(Guid tenant, List<PartRow> rows, CancellationToken cancellation)
    {
        var users = new List<UserResponse>();
        foreach (var ofUser in rows.GroupBy(row => row.User))
            users.Add(await ViewAsync(tenant, [.. ofUser], ofUser.Key, cancellation));
        return users;
    }

    private async Task<UserResponse> ViewAsync(Guid tenant, List<PartRow> rows, Guid asked, CancellationToken cancellation)
    {
        var first = rows[0];
        var profile = Profile.Empty;
        if (first.Profile is { } cell)
        {
            using var vault = vaults.Open(tenant, KeysOf(rows));
            profile = await vault.OpenAsync(ProfileRow.Sealed.At(KeyOwner.User(first.User)), cell, cancellation);
        }

        var identities = rows.Select(row => row.Identity)
            .OfType<IdentityResponse>()
            .DistinctBy(row => row.Id)
            .OrderBy(row => row.LinkedAt)
            .ThenBy(row => row.Id)
            .ToList();
        return new UserResponse(asked, first.CreatedAt, asked == first.User ? null : first.User, identities)
        {
            Version = first.Version,
            UpdatedAt = first.UpdatedAt,
            DeletedAt = first.DeletedAt,
            Email = profile.Email,
            EmailVerified = profile.Email is null ? null : profile.EmailVerified,
            FirstName = profile.FirstName,
            LastName = profile.LastName,
            DisplayName = profile.DisplayName,
            PictureUrl = profile.PictureUrl,
            Phone = profile.Phone,
            Locale = profile.Locale,
            OnboardingState = profile.OnboardingState,
            ExternalSubject = profile.ExternalSubject,
            Attributes = profile.Attributes,
        };
    }

    // Newest first. Almost always one; more while a user has several keys.
    private static WrappedKey[] KeysOf(List<PartRow> rows) =>
        rows[0].Key is not { } newest ? []
        : rows[^1].Key!.Version == newest.Version ? [newest]
        : [.. rows.Select(row => row.Key!).DistinctBy(key => key.Version)];

    private static PartRow Read(Row row) =>
        new(
            row.Guid(Id),
            row.Instant(CreatedAt),
            !row.IsNull(ErasedAt),
            row.InstantOrNull(DeletedAt),
            row.Number(Version),
            row.InstantOrNull(UpdatedAt) ?? row.Instant(CreatedAt),
            Key.Read(row),
            row.IsNull(Sealed) ? null : row.Bytes(Sealed),
            row.IsNull(IdentityId)
                ? null
                : new IdentityResponse(
                    row.Guid(IdentityId),
                    row.Text(Channel),
                    row.Text(Kind),
                    row.Flag(IsBlindOnly),
                    row.Instant(LinkedAt)
                )
        );

    private sealed record PartRow(
        Guid User,
        DateTimeOffset CreatedAt,
        bool Erased,
        DateTimeOffset? DeletedAt,
        int Version,
        DateTimeOffset UpdatedAt,
        WrappedKey? Key,
        byte[]? Profile,
        IdentityResponse? Identity
    );
}
