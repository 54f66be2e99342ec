using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.Access.Staff;

/// <summary>A role of a tenant's own; the built-in ones are defined in code.</summary>
internal sealed class RoleRow : ITenantRow
{
    public Guid TenantId { get; init; }

    public required string Name { get; init; }

    /// <summary>Separated by spaces; see <c>Permissions</c>.</summary>
    public required string Permissions { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>
/// One of a tenant's staff: a random id, and how they sign in. The profile is sealed under a key of their own.
/// </summary>
internal sealed class MemberRow : ITenantRow
{
    /// <summary>The sealed column.</summary>
    public static readonly SealedColumn<MemberProfile> Sealed = SealedColumn.Json(
        "members",
        "profile",
        MemberProfileJson.Default.MemberProfile
    );

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

/// <summary>Assigns a role to a member.</summary>
internal sealed class MemberRoleRow : ITenantRow
{
    public Guid TenantId { get; init; }

    public Guid MemberId { get; init; }

    public required string Role { get; init; }
}

internal sealed class StaffTables
    : IEntityTypeConfiguration<RoleRow>,
        IEntityTypeConfiguration<MemberRow>,
        IEntityTypeConfiguration<MemberRoleRow>
{
    public static IReadOnlyList<Table> Declared { get; } =
    [
        new()
        {
            Name = "roles",
            Description = "Roles that a tenant created for its staff.",
            Owner = TableOwner.Tenant,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Access("Members who have the role may do what it lists."),
            Erase = EraseStage.None,
            Key = ["tenant_id", "name"],
            NewestBy = "created_at",
            Columns =
            [
                Column.Tenant,
                Column.Plain("name", "What the tenant calls the role."),
                Column.Plain("permissions", "What those who have it may do."),
                Column.Plain("created_at", "When it was created."),
            ],
        },
        new()
        {
            Name = "members",
            Description = "Staff of a tenant: who they are is sealed under a key of their own.",
            Owner = TableOwner.Member,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Access("A caller who signs in as the subject of a row is staff of the tenant."),
            Erase = EraseStage.None,
            Key = ["tenant_id", "member_id"],
            NewestBy = "created_at",
            Columns =
            [
                Column.Tenant,
                Column.Plain("member_id", "The member, a random id."),
                Column.Plain("issuer", "Where the member signs in, by the name in the settings."),
                Column.Hash("subject_index", "Issuer and subject, as a keyed hash."),
                Column.Sealed("profile", MemberRow.Sealed, "Name, address and subject of the member."),
                Column.Plain("created_at", "When the member was added."),
            ],
        },
        new()
        {
            Name = "member_roles",
            Description = "Which members have which roles.",
            Owner = TableOwner.Member,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Access("The member of a row may do what its role lists."),
            Erase = EraseStage.None,
            Key = ["tenant_id", "member_id", "role"],
            NewestBy = "member_id",
            Columns =
            [
                Column.Tenant,
                Column.Plain("member_id", "The member, a random id."),
                Column.Plain("role", "The role, built in or the tenant's own."),
            ],
        },
    ];

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
        builder.HasKey(role => new
        {
            role.TenantId,
            role.MemberId,
            role.Role,
        });
    }
}
