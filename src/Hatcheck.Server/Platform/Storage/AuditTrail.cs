using System.Text;
using Hatcheck.Crypto;
using Hatcheck.Server.Platform.Keys;
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

/// <summary>Adds entries about a person to the transaction of the act. Details are sealed under the person's audit key, made with the first of them.</summary>
internal sealed class AuditTrail(UserKeys keys, TimeProvider time)
{
    /// <summary>Frozen labels of the sealed cell; never today's table or column name.</summary>
    public const string CellTable = "audit_log";
    public const string CellColumn = "details";

    /// <summary>Records an act; it is stored when the transaction is.</summary>
    /// <param name="db">The transaction, which holds the person's row.</param>
    /// <param name="tenant">Whose person it is.</param>
    /// <param name="user">The person.</param>
    /// <param name="act">For example <c>user.update</c>.</param>
    /// <param name="actor">Who does it.</param>
    /// <param name="details">What more there is to say, never a value of the person's; null: nothing.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task AddAsync(HatcheckDb db, Guid tenant, Guid user, string act, string actor, string? details, CancellationToken cancellation)
    {
        var key = details is null ? null : await db.Set<UserKeyRow>().AsNoTracking().FirstOrDefaultAsync(row => row.UserId == user && row.Purpose == KeyPurpose.Audit, cancellation);
        await AddAsync(db, key, tenant, user, act, actor, details, cancellation);
    }

    /// <summary>The same where the transaction has read the person's audit key; null: there is none yet.</summary>
    public async Task AddAsync(HatcheckDb db, UserKeyRow? known, Guid tenant, Guid user, string act, string actor, string? details, CancellationToken cancellation)
    {
        var id = Guid.NewGuid();
        byte[]? cell = null;
        if (details is not null)
        {
            using var key = await OpenAsync(db, known, tenant, user, cancellation);
            cell = Cell.Seal(key, new CellAddress(CellTable, CellColumn, tenant, id, user), Encoding.UTF8.GetBytes(details));
        }

        db.Add(new AuditEntry { TenantId = tenant, EntryId = id, At = time.Now(), Act = act, Actor = actor, UserId = user, Details = cell });
    }

    // A person's second key: what is told about acts can be shredded apart from the chain that counts them.
    private async Task<DataKey> OpenAsync(HatcheckDb db, UserKeyRow? row, Guid tenant, Guid user, CancellationToken cancellation)
    {
        if (row is not null) return await keys.OpenAsync(tenant, KeyPurpose.Audit, new WrappedKey(user, row.Version, row.KekId, row.Wrapped), cancellation);
        var (created, createdRow) = await keys.CreateAsync(tenant, user, KeyPurpose.Audit, cancellation);
        db.Add(createdRow);
        return created;
    }
}
