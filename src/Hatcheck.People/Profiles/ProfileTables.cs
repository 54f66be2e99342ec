using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.People.Profiles;

/// <summary>
/// A user's profile, one cell: a reader of the database learns that it exists, and its approximate length.
/// </summary>
internal sealed class ProfileRow : ITenantRow
{
    /// <summary>The sealed column.</summary>
    public static readonly SealedColumn<Profile> Sealed = SealedColumn.Json(
        "profiles",
        "profile",
        SealedProfileJson.Default.Profile
    );

    public Guid TenantId { get; init; }

    /// <summary>The user under whose key the profile is sealed; a merge leaves it.</summary>
    public Guid UserId { get; init; }

    public required byte[] Profile { get; set; }
}

/// <summary>An e-mail address or a phone number as its blind index; one row per live version of the index key.</summary>
internal sealed class ProfileValue : ITenantRow
{
    public Guid TenantId { get; init; }

    /// <summary>See <see cref="ProfileIndex"/>: <c>email</c>, which the database keeps unique, or <c>phone</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>64 lowercase hexadecimal characters.</summary>
    public required string IndexValue { get; init; }

    public int KeyVersion { get; init; }

    /// <summary>A surviving user, deleted or not: a merge moves the rows or drops them.</summary>
    public Guid UserId { get; init; }
}

internal sealed class ProfileTables : IEntityTypeConfiguration<ProfileRow>, IEntityTypeConfiguration<ProfileValue>
{
    public static IReadOnlyList<Table> Declared { get; } =
    [
        new()
        {
            Name = "profiles",
            Description = "A user's profile, all of it in one sealed cell.",
            Owner = TableOwner.Person,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.Rows,
            Section = new(
                "profiles",
                "Your name, e-mail address, phone number and the rest of your profile, sealed, and keyed hashes "
                    + "of address and number, so that you can be served and found.",
                Place: 70
            ),
            Key = ["tenant_id", "user_id"],
            NewestBy = "user_id",
            Columns =
            [
                Column.Tenant,
                Column.Plain("user_id", "The user under whose key it is sealed."),
                Column.Sealed("profile", ProfileRow.Sealed, "Name, address, number and the rest."),
            ],
        },
        new()
        {
            Name = "profile_values",
            Description = "E-mail addresses and phone numbers of profiles, as keyed hashes.",
            Owner = TableOwner.Person,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.Rows,
            Key = ["tenant_id", "kind", "index_value", "user_id"],
            NewestBy = "user_id",
            Columns =
            [
                Column.Tenant,
                Column.Plain("kind", "Whether it is an e-mail address or a phone number."),
                Column.Hash("index_value", "The value, as a keyed hash."),
                Column.Plain("key_version", "The version of the index key of the hash."),
                Column.Plain("user_id", "The user who has the value."),
            ],
        },
    ];

    public void Configure(EntityTypeBuilder<ProfileRow> builder)
    {
        builder.ToTable("profiles");
        builder.HasKey(row => new { row.TenantId, row.UserId });
    }

    public void Configure(EntityTypeBuilder<ProfileValue> builder)
    {
        builder.ToTable("profile_values");
        builder.HasKey(row => new
        {
            row.TenantId,
            row.Kind,
            row.IndexValue,
            row.UserId,
        });
    }
}
