using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.Platform.Audit;

/// <summary>
/// An entry about a security-relevant act, recorded in the act's own transaction; the audit log takes it from here.
/// </summary>
internal sealed class AuditEntry : ITenantRow
{
    /// <summary>The sealed column.</summary>
    public static readonly SealedColumn<string> Sealed = SealedColumn.Text("audit_log", "details");

    public Guid TenantId { get; init; }

    public Guid EntryId { get; init; }

    public DateTimeOffset At { get; init; }

    /// <summary>The name of an <see cref="Audit.Act"/>.</summary>
    public required string Act { get; init; }

    /// <summary>See <see cref="Audit.Actor"/>.</summary>
    public required string Actor { get; init; }

    public Guid? UserId { get; init; }

    /// <summary>See <see cref="Audit.Subject"/>.</summary>
    public string? Subject { get; init; }

    /// <summary>Sealed under the user's audit key.</summary>
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

/// <summary>
/// The only way into the audit log. Adds an entry to the act's transaction, at the database's clock. Details are sealed
/// under the user's audit key, created with the first of them; everything else is ids and codes.
/// </summary>
internal sealed class AuditTrail(PersonVaults vaults)
{
    private const string Insert =
        "insert into audit_pending (tenant_id, user_id, entry_id, act, actor, subject, details, at) "
        + "select $1, $2, $3, $4, $5, $6, $7, ";

    private const string Newest = "select at from audit_pending where tenant_id = $1 and act = $2 order by at desc limit 1";

    /// <summary>Records an act without details.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="act">The act.</param>
    /// <param name="actor">The actor.</param>
    /// <param name="user">The user it is about; null if none, or unknown.</param>
    /// <param name="subject">Anything else it acts on.</param>
    public static void Add(HatcheckDb db, Act act, Actor actor, Guid? user = null, Subject? subject = null) =>
        Add(db, Guid.NewGuid(), act, actor, user, subject, null);

    /// <summary>Records an act with details.</summary>
    /// <param name="db">The transaction, which has locked the user's row.</param>
    /// <param name="tenant">The user's tenant.</param>
    /// <param name="user">The user.</param>
    /// <param name="act">The act.</param>
    /// <param name="actor">The actor.</param>
    /// <param name="details">The details, never a value of the user's.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public async Task AddAsync(
        HatcheckDb db,
        Guid tenant,
        Guid user,
        Act act,
        Actor actor,
        string details,
        CancellationToken cancellation
    )
    {
        if (db.Tenant != tenant)
            throw new InvalidOperationException("The entry is of another tenant than its transaction.");
        using var vault = vaults.In(db);
        await AddAsync(db, vault, user, act, actor, details, cancellation);
    }

    /// <summary>Same, with the transaction's vault, which may already have the user's keys.</summary>
    public static async Task AddAsync(
        HatcheckDb db,
        PersonVault vault,
        Guid user,
        Act act,
        Actor actor,
        string details,
        CancellationToken cancellation
    )
    {
        var (id, owner) = (Guid.NewGuid(), KeyOwner.AuditOf(user));
        if (await vault.EnsureAsync(owner, cancellation) is { } created)
            db.Add(created);
        Add(db, id, act, actor, user, null, await vault.SealAsync(AuditEntry.Sealed.At(owner, id), details, cancellation));
    }

    /// <summary>Returns an entry as one statement of a batch, at the database's clock.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="act">The act.</param>
    /// <param name="actor">The actor.</param>
    /// <param name="user">The user it is about; null if none.</param>
    /// <param name="subject">Anything else it acts on.</param>
    /// <param name="condition">
    /// A <c>from … where …</c>: without a row there is no entry. It may refer to tenant and user as <c>$1</c> and
    /// <c>$2</c>.
    /// </param>
    public static (string Sql, object?[] Parameters) Statement(
        Guid tenant,
        Act act,
        Actor actor,
        Guid? user = null,
        Subject? subject = null,
        string condition = ""
    ) => ($"{Insert}{{now}} {condition}", Parameters(tenant, user, Guid.NewGuid(), act, actor, subject, null));

    /// <summary>Same, about a user and with details. The vault has the user's audit key.</summary>
    /// <param name="vault">The tenant's vault.</param>
    /// <param name="act">The act.</param>
    /// <param name="actor">The actor.</param>
    /// <param name="entry">Everything else.</param>
    /// <param name="condition">As above; it may also refer to the entry as <c>$3</c>.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public static async ValueTask<(string Sql, object?[] Parameters)> StatementAsync(
        PersonVault vault,
        Act act,
        Actor actor,
        PersonEntry entry,
        string condition,
        CancellationToken cancellation
    )
    {
        var place = AuditEntry.Sealed.At(KeyOwner.AuditOf(entry.User), entry.Id);
        var cell = await vault.SealAsync(place, entry.Details, cancellation);
        return ($"{Insert}$8 {condition}", [.. Parameters(vault.Tenant, entry.User, entry.Id, act, actor, null, cell), entry.At]);
    }

    /// <summary>Returns when a tenant's act was last done; null if never. Needs the maintenance role.</summary>
    public static async Task<DateTimeOffset?> LastAsync(Database database, Guid tenant, Act act, CancellationToken cancellation)
    {
        var last = await database.AcrossTenantsAsync(Newest, [tenant, act.Name], row => row.Instant("at"), cancellation);
        return last is [var at] ? at : null;
    }

    private static void Add(HatcheckDb db, Guid id, Act act, Actor actor, Guid? user, Subject? subject, byte[]? details) =>
        db.Add(
            new AuditEntry
            {
                TenantId = db.Tenant,
                EntryId = id,
                At = db.Now,
                Act = act.Name,
                Actor = actor.Text,
                UserId = Person(act, user),
                Subject = subject?.ToString(),
                Details = details,
            }
        );

    private static object?[] Parameters(
        Guid tenant,
        Guid? user,
        Guid id,
        Act act,
        Actor actor,
        Subject? subject,
        byte[]? details
    ) => [tenant, Person(act, user), id, act.Name, actor.Text, subject?.ToString(), details];

    private static Guid? Person(Act act, Guid? user) =>
        user is null || act.IsPersonal ? user : throw new InvalidOperationException($"The act {act.Name} is about no user.");
}

/// <summary>An entry about a user, as a statement stores it.</summary>
/// <param name="User">The user.</param>
/// <param name="Id">The entry's id, to which its cell is bound.</param>
/// <param name="At">The time, by the database's clock: an instant that the batch's own query read.</param>
/// <param name="Details">The details, never a value of the user's.</param>
internal sealed record PersonEntry(Guid User, Guid Id, DateTimeOffset At, string Details);
