using Hatcheck.Server.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.Server.Profiles;

/// <summary>A person's profile, one cell: whoever reads the database learns that there is one, and about how long it is.</summary>
internal sealed class ProfileRow : ITenantRow
{
    public Guid TenantId { get; init; }

    /// <summary>The user under whose key it is sealed; a merge leaves it.</summary>
    public Guid UserId { get; init; }

    public required byte[] Profile { get; set; }
}

/// <summary>An e-mail address or a phone number as its blind index; one row for each live version of the index key.</summary>
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
    public void Configure(EntityTypeBuilder<ProfileRow> builder)
    {
        builder.ToTable("profiles");
        builder.HasKey(row => new { row.TenantId, row.UserId });
    }

    public void Configure(EntityTypeBuilder<ProfileValue> builder)
    {
        builder.ToTable("profile_values");
        builder.HasKey(row => new { row.TenantId, row.Kind, row.IndexValue, row.UserId });
    }
}
