using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Tables;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.Server.Platform.Storage;

/// <summary>A security-relevant act, recorded in the transaction of the act itself; the audit log takes it from here.</summary>
internal sealed class AuditEntry : ITenantRow
{
    /// <summary>The sealed column.</summary>
    public static readonly SealedColumn<string> Sealed = SealedColumn.Text("audit_log", "details");

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
internal sealed class AuditTrail(PersonVaults vaults, TimeProvider time)
{
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
        if (db.Tenant != tenant) throw new InvalidOperationException("The entry is of another tenant than its transaction.");
        using var vault = vaults.In(db);
        await AddAsync(db, vault, user, act, actor, details, cancellation);
    }

    /// <summary>The same with the vault of the transaction, which may have read the person's keys.</summary>
    public async Task AddAsync(
        HatcheckDb db, PersonVault vault, Guid user, string act, string actor, string? details, CancellationToken cancellation)
    {
        var (id, owner) = (Guid.NewGuid(), KeyOwner.AuditOf(user));
        byte[]? cell = null;
        if (details is not null)
        {
            if (await vault.EnsureAsync(owner, cancellation) is { } created) db.Add(created);
            cell = await vault.SealAsync(AuditEntry.Sealed.At(owner, id), details, cancellation);
        }

        db.Add(new AuditEntry
        {
            TenantId = vault.Tenant,
            EntryId = id,
            At = time.Now(),
            Act = act,
            Actor = actor,
            UserId = user,
            Details = cell,
        });
    }
}
