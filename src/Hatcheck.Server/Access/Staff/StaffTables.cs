using Hatcheck.Server.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.Server.Access.Staff;

/// <summary>A role of a tenant's own; the built-in ones are code.</summary>
internal sealed class RoleRow : ITenantRow
{
    public Guid TenantId { get; init; }

    public required string Name { get; init; }

    /// <summary>Separated by spaces; see <c>Permissions</c>.</summary>
    public required string Permissions { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>One of a tenant's staff: a random id, and how they sign in. Who they are is sealed under a key of their own.</summary>
internal sealed class MemberRow : ITenantRow
{
    /// <summary>Frozen labels of the sealed cell; never today's table or column name.</summary>
    public const string CellTable = "members";
    public const string CellColumn = "profile";

    /// <summary>The purpose of a member's key in <c>user_keys</c>.</summary>
    public const string KeyPurpose = "member";

    public Guid TenantId { get; init; }

    public Guid MemberId { get; init; }

    /// <summary>The name of the issuer in this installation's settings.</summary>
    public required string Issuer { get; init; }

    /// <summary>A keyed hash of issuer and subject.</summary>
    public required string SubjectIndex { get; init; }

    /// <summary>Sealed JSON: display name, e-mail, subject.</summary>
    public required byte[] Profile { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>That a member has a role.</summary>
internal sealed class MemberRoleRow : ITenantRow
{
    public Guid TenantId { get; init; }

    public Guid MemberId { get; init; }

    public required string Role { get; init; }
}

internal sealed class StaffTables : IEntityTypeConfiguration<RoleRow>, IEntityTypeConfiguration<MemberRow>, IEntityTypeConfiguration<MemberRoleRow>
{
    public void Configure(EntityTypeBuilder<RoleRow> builder)
    {
        builder.ToTable("roles");
        builder.HasKey(role => new { role.TenantId, role.Name });
    }

    public void Configure(EntityTypeBuilder<MemberRow> builder)
    {
        builder.ToTable("members");
        builder.HasKey(member => new { member.TenantId, member.MemberId });
    }

    public void Configure(EntityTypeBuilder<MemberRoleRow> builder)
    {
        builder.ToTable("member_roles");
        builder.HasKey(role => new { role.TenantId, role.MemberId, role.Role });
    }
}
