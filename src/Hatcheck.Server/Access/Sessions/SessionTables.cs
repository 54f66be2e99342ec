using Hatcheck.Server.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.Server.Access.Sessions;

/// <summary>A living session of a person or a member; ending it deletes the row. Written by the database's clock.</summary>
internal sealed class SessionRow : ITenantRow
{
    /// <summary>Frozen labels of the sealed cell; never today's table or column name.</summary>
    public const string CellTable = "sessions";
    public const string CellColumn = "content";

    /// <summary>The kinds; part of access tokens.</summary>
    public const string Person = "person";
    public const string Member = "member";

    public Guid TenantId { get; init; }

    /// <summary>The person or the member. A session stays with the user that it was begun for when that one is merged.</summary>
    public Guid UserId { get; init; }

    public Guid SessionId { get; init; }

    public required string Kind { get; init; }

    /// <summary>SHA-256 of the newest refresh token.</summary>
    public required byte[] TokenHash { get; init; }

    /// <summary>Of the one that was spent for it.</summary>
    public byte[]? PreviousHash { get; init; }

    /// <summary>When that was.</summary>
    public DateTimeOffset? RotatedAt { get; init; }

    /// <summary>A keyed hash of the client's address or network; see <see cref="BoundAddress"/>. Null: bound to none.</summary>
    public string? Address { get; init; }

    /// <summary>Sealed JSON: <see cref="SessionContent"/>.</summary>
    public required byte[] Content { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Begun or last refreshed.</summary>
    public DateTimeOffset UsedAt { get; init; }

    /// <summary>The end if it is not refreshed: the idle time-out or the absolute one, whichever is first.</summary>
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The end whatever happens.</summary>
    public DateTimeOffset EndsAt { get; init; }
}

internal sealed class SessionTables : IEntityTypeConfiguration<SessionRow>
{
    public void Configure(EntityTypeBuilder<SessionRow> builder)
    {
        builder.ToTable("sessions");
        builder.HasKey(session => new { session.TenantId, session.UserId, session.SessionId });
    }
}
