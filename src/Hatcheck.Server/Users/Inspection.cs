using System.Text;
using System.Text.Json;
using Hatcheck.Crypto;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Server.Users;

/// <summary>Everything kept about a person, shown to an operator.</summary>
internal sealed record InspectedUser(Guid Id, DateTimeOffset CreatedAt, IReadOnlyDictionary<string, IReadOnlyList<JsonElement>> Sections);

/// <summary>
/// Break-glass: an operator looks at a person's data. It needs a reason, and the trace is committed before anything is shown: a look that
/// can't be recorded does not happen.
/// </summary>
internal sealed class Inspection(Database database, People people, UserKeys keys, IEnumerable<IPersonalData> inventory, TimeProvider time)
{
    public const string CellTable = "audit_log";
    public const string CellColumn = "details";

    /// <summary>Records the look, then gives everything that is kept, opened.</summary>
    /// <exception cref="OperatorException">The reason is too short, or there is no such living user.</exception>
    public async Task<InspectedUser> InspectAsync(Guid tenant, Guid user, string reason, string operatorName, CancellationToken cancellation)
    {
        if (BoundedText.Accept(reason, 500) is not { Length: >= 10 } accepted)
            throw new OperatorException("Give a reason of 10 to 500 characters that somebody else will understand: --reason \"ticket 4711: …\".");
        if (await people.FindAsync(tenant, user, cancellation) is not PersonLookup.Found person)
            throw new OperatorException("The tenant has no such user, or the user was erased.");
        await RecordAsync(tenant, person.User, accepted, operatorName, cancellation);
        var scope = await people.ScopeAsync(tenant, person.User, cancellation);
        return await database.ReadAsync(
            tenant,
            async (db, stop) =>
            {
                var sections = new Dictionary<string, IReadOnlyList<JsonElement>>(StringComparer.Ordinal);
                foreach (var kind in inventory) sections[kind.Name] = await kind.ExportAsync(db, scope, stop);
                return new InspectedUser(person.User, person.CreatedAt, sections);
            },
            cancellation);
    }

    private Task<bool> RecordAsync(Guid tenant, Guid user, string reason, string operatorName, CancellationToken cancellation) => database.WriteAsync(
        tenant,
        async (db, stop) =>
        {
            if (!await Linking.LockAsync(db, tenant, user, stop)) throw new OperatorException("The user was erased just now.");
            var id = Guid.NewGuid();
            using var key = await AuditKeyAsync(db, tenant, user, stop);
            var details = Cell.Seal(key, new CellAddress(CellTable, CellColumn, tenant, id, user), Encoding.UTF8.GetBytes(reason));
            db.Add(new AuditEntry { TenantId = tenant, EntryId = id, At = time.Now(), Act = "user.inspect", Actor = $"operator:{operatorName}", UserId = user, Details = details });
            return true;
        },
        cancellation);

    // The audit key is a person's second key: what is told about reads can be shredded apart from the chain that counts them.
    private async Task<DataKey> AuditKeyAsync(HatcheckDb db, Guid tenant, Guid user, CancellationToken cancellation)
    {
        var row = await db.Set<UserKeyRow>().AsNoTracking().FirstOrDefaultAsync(key => key.UserId == user && key.Purpose == KeyPurpose.Audit, cancellation);
        if (row is not null) return await keys.OpenAsync(tenant, KeyPurpose.Audit, new WrappedKey(user, row.Version, row.KekId, row.Wrapped), cancellation);
        var (created, createdRow) = await keys.CreateAsync(tenant, user, KeyPurpose.Audit, cancellation);
        db.Add(createdRow);
        return created;
    }
}
