using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.Server.Platform.Storage;

/// <summary>A security-relevant act, recorded in the transaction of the act itself; the audit log takes it from here.</summary>
internal sealed class AuditEntry : ITenantRow
{
    public Guid TenantId { get; init; }

    public Guid EntryId { get; init; }

    public DateTimeOffset At { get; init; }

    /// <summary>For example <c>user.inspect</c>.</summary>
    public required string Act { get; init; }

    /// <summary>Who did it, by a random id or an operator's login name.</summary>
    public required string Actor { get; init; }

    public Guid? UserId { get; init; }

    /// <summary>What else was acted on, in random ids and codes only, as <c>member:6f1c… owner support</c>.</summary>
    public string? Subject { get; init; }

    /// <summary>Sealed under the person's audit key.</summary>
    public byte[]? Details { get; init; }
}

internal sealed class AuditTables : IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<AuditEntry> builder)
    {
        builder.ToTable("audit_pending");
        builder.HasKey(entry => entry.EntryId);
    }
}
