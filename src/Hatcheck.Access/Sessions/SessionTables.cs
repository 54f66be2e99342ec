using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.Access.Sessions;

/// <summary>
/// An active session of a user or member; ending it deletes the row. Times are from the database's clock.
/// </summary>
internal sealed class SessionRow : ITenantRow
{
    /// <summary>The sealed column.</summary>
    public static readonly SealedColumn<SessionContent> Sealed = SealedColumn.Json(
        "sessions",
        "content",
        SessionContentJson.Default.SessionContent
    );

    /// <summary>The kinds of session; part of access tokens.</summary>
    public const string Person = "person";
    public const string Member = "member";

    public Guid TenantId { get; init; }

    /// <summary>The user or member. After a merge a session stays with the user that it was started for.</summary>
    public Guid UserId { get; init; }

    public Guid SessionId { get; init; }

    public required string Kind { get; init; }

    /// <summary>SHA-256 of the newest refresh token.</summary>
    public required byte[] TokenHash { get; init; }

    /// <summary>SHA-256 of the refresh token before it.</summary>
    public byte[]? PreviousHash { get; init; }

    /// <summary>When that one was spent.</summary>
    public DateTimeOffset? RotatedAt { get; init; }

    /// <summary>
    /// A keyed hash of the client's address or network; see <see cref="BoundAddress"/>. Null: not bound.
    /// </summary>
    public string? Address { get; init; }

    /// <summary>Sealed JSON: <see cref="SessionContent"/>.</summary>
    public required byte[] Content { get; init; }

    /// <summary>The cell of <see cref="Content"/>: under the key of the user or member.</summary>
    public static CellPlace<SessionContent> PlaceOf(string kind, Guid user, Guid session) =>
        Sealed.At(kind == Member ? KeyOwner.Member(user) : KeyOwner.User(user), session);

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the session was started or last refreshed.</summary>
    public DateTimeOffset UsedAt { get; init; }

    /// <summary>
    /// When the session ends unless refreshed: at the idle or the absolute time-out, whichever is first.
    /// </summary>
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When the session ends in any case.</summary>
    public DateTimeOffset EndsAt { get; init; }
}

internal sealed class SessionTables : IEntityTypeConfiguration<SessionRow>
{
    public static IReadOnlyList<Table> Declared { get; } =
    [
        new()
        {
            Name = "sessions",
            Description = "Where users and staff are signed in; address and program sealed, refresh tokens as hashes.",
            Owner = TableOwner.Person,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Access("A caller with the refresh token of a row acts as its user or member."),
            Erase = EraseStage.Rows,
            Section = new(
                "sessions",
                "Where you are signed in: when and how you did, from which address and with which "
                    + "program, sealed, so that you know your own sessions from a stranger's and can end them.",
                Place: 10
            ),
            Key = ["tenant_id", "user_id", "session_id"],
            NewestBy = "used_at",
            Columns =
            [
                Column.Tenant,
                Column.Plain("user_id", "The person or the member who is signed in."),
                Column.Plain("session_id", "The session's random id."),
                Column.Plain("kind", "Whether it is a user's or a member's."),
                Column.Hash("token_hash", "The newest refresh token, as a hash."),
                Column.Hash("previous_hash", "The refresh token before it, as a hash."),
                Column.Plain("rotated_at", "When that one was spent."),
                Column.Hash("address", "The address or network that it is bound to, as a keyed hash."),
                Column.Sealed("content", SessionRow.Sealed, "How, from where and with which program the user signed in."),
                Column.Plain("created_at", "When it began."),
                Column.Plain("used_at", "When it began or was last refreshed."),
                Column.Plain("expires_at", "When it ends if it is not refreshed."),
                Column.Plain("ends_at", "When it ends in any case."),
            ],
        },
        new()
        {
            Name = "signing_keys",
            Description = "The keys that sign access tokens: the public half in the clear, the private half wrapped.",
            Owner = TableOwner.Installation,
            // Every request reads it, joined with the tenant's session.
            Policy = TablePolicy.Reference,
            Grants = Grants.Access("A token signed by the key of a row is accepted."),
            Erase = EraseStage.None,
            Key = ["version"],
            NewestBy = "created_at",
            Columns =
            [
                Column.Plain("version", "Counts the keys, and decides between nodes that create one at once."),
                Column.Plain("key_id", "How tokens name the key."),
                Column.Plain("public_key", "What verifies tokens."),
                Column.Plain("kek_id", "Which key-encryption key wraps it, by a random id."),
                Column.Wrapped("wrapped", "The private half, wrapped and bound to its row."),
                Column.Plain("created_at", "When it was created."),
                Column.Plain("signs_from", "When it starts to sign."),
            ],
        },
    ];

    public void Configure(EntityTypeBuilder<SessionRow> builder)
    {
        builder.ToTable("sessions");
        builder.HasKey(session => new
        {
            session.TenantId,
            session.UserId,
            session.SessionId,
        });
    }
}
