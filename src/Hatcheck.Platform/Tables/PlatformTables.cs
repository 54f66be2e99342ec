using Hatcheck.Platform.Audit;

namespace Hatcheck.Platform.Tables;

/// <summary>
/// The tables of Platform itself: tenants, keys, the audit trail, permits, idempotency and the schema's bookkeeping.
/// </summary>
internal static class PlatformTables
{
    private static readonly Column kekId = Column.Plain("kek_id", "Which key-encryption key wraps it, by a random id.");

    public static IReadOnlyList<Table> Declared { get; } =
    [
        new()
        {
            Name = "tenants",
            Description = "Each bot, or family of bots that share users.",
            Owner = TableOwner.Tenant,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.None,
            Key = ["tenant_id"],
            NewestBy = "created_at",
            Columns =
            [
                Column.Tenant,
                Column.Plain("name", "Its name, as the operator typed it."),
                Column.Plain("blind_only", "Whether only hashes of messenger ids are kept."),
                Column.Plain("index_scheme", "How messenger ids are hashed, by the number of the scheme."),
                Column.Plain("key_epoch", "Counts the changes of the tenant's set of keys."),
                Column.Plain("created_at", "When it was created."),
            ],
        },
        new()
        {
            Name = "user_keys",
            Description = "Each user's own key, wrapped by the key file's key. Deleting it shreds everything sealed under it.",
            Owner = TableOwner.Person,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.Keys,
            Key = ["tenant_id", "user_id", "purpose", "version"],
            NewestBy = "created_at",
            Columns =
            [
                Column.Tenant,
                Column.Plain("user_id", "The user or member whose key it is, a random id; the nil id for the tenant's own."),
                Column.Plain("purpose", "Its use: data, audit details, a member's profile, or the tenant's endpoints."),
                Column.Plain("version", "Counts a user's keys of one purpose."),
                kekId,
                Column.Wrapped("wrapped", "The key itself, wrapped and bound to its row."),
                Column.Plain("created_at", "When the key was created."),
            ],
        },
        new()
        {
            Name = "idempotency_keys",
            Description = "Requests that were done, as keyed hashes.",
            Owner = TableOwner.Person,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.Rows,
            Key = ["tenant_id", "user_id", "key_hash"],
            NewestBy = "created_at",
            Columns =
            [
                Column.Tenant,
                Column.Plain("user_id", "The user that the request was about; the nil id where it creates one."),
                Column.Hash("key_hash", "The Idempotency-Key, as a keyed hash."),
                Column.Hash("request_hash", "The request, as a keyed hash; empty once the user is erased."),
                Column.Plain("resource_id", "The resource that the request created, by its random id."),
                Column.Plain("created_at", "When; a repeat is recognised for 24 hours."),
            ],
        },
        new()
        {
            Name = "audit_pending",
            Description = "Security-relevant acts; details sealed.",
            Owner = TableOwner.Person,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.Outlives,
            OutlivesBecause = "It is evidence: a random id, and details sealed under the user's audit key, which is shredded.",
            Key = [],
            NewestBy = "at",
            Columns =
            [
                Column.Tenant,
                Column.Plain("entry_id", "The entry's random id."),
                Column.Plain("at", "When it was done."),
                Column.Plain("act", "What was done, as a code."),
                Column.Plain("actor", "The actor: a random id, the number of an operator's account, or a code."),
                Column.Plain("user_id", "The user it was about, a random id; null if none."),
                Column.Sealed("details", AuditEntry.Sealed, "Further details, under the user's audit key."),
                Column.Plain("subject", "What else was acted on, in random ids and codes only."),
            ],
        },
        new()
        {
            Name = "tenant_keys",
            Description = "The tenant's keys for hashing, wrapped.",
            Owner = TableOwner.Tenant,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.None,
            Key = ["tenant_id", "purpose", "version"],
            NewestBy = "created_at",
            Columns =
            [
                Column.Tenant,
                Column.Plain("purpose", "What it hashes: messenger ids, or look-up keys of side stores."),
                Column.Plain("version", "Counts the tenant's keys of one purpose."),
                Column.Plain("scheme", "How it hashes, by the number of the scheme."),
                kekId,
                Column.Wrapped("wrapped", "The key itself, wrapped and bound to its row."),
                Column.Plain("state", "Whether rows are written under it: live or retired."),
                Column.Plain("created_at", "When the key was created."),
            ],
        },
        new()
        {
            Name = "rate_permits",
            Description = "How many requests a caller, a user or an address has left in its window.",
            Owner = TableOwner.Tenant,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.None,
            Key = ["tenant_id", "subject"],
            NewestBy = "ends_at",
            Columns =
            [
                Column.Tenant,
                Column.Hash("subject", "Who is limited, as a keyed hash."),
                Column.Plain("ends_at", "When the window ends."),
                Column.Plain("taken", "How many permits of the window are leased."),
                Column.Plain("granted", "How many the newest lease got."),
            ],
        },
        new()
        {
            Name = "kek_check",
            Description = "Which key-encryption key the data belongs to, so that a node with another one does not start.",
            Owner = TableOwner.Installation,
            Policy = TablePolicy.Installation,
            Grants = Grants.Nothing,
            Erase = EraseStage.None,
            Key = ["one"],
            NewestBy = "one",
            Columns = [Column.Plain("one", "Always 1, so that there is one row."), kekId],
        },
        new()
        {
            Name = "subject_key",
            Description = "The key under which names in rate limits are hashed, wrapped.",
            Owner = TableOwner.Installation,
            Policy = TablePolicy.Installation,
            Grants = Grants.Nothing,
            Erase = EraseStage.None,
            Key = ["one"],
            NewestBy = "one",
            Columns =
            [
                Column.Plain("one", "Always 1, so that there is one row."),
                kekId,
                Column.Wrapped("wrapped", "The key itself, wrapped and bound to its row."),
            ],
        },
        new()
        {
            Name = "schema_versions",
            Description = "Which scripts created the tables.",
            Owner = TableOwner.Installation,
            Policy = TablePolicy.Installation,
            Grants = Grants.Nothing,
            Erase = EraseStage.None,
            Key = ["version"],
            NewestBy = "version",
            Columns =
            [
                Column.Plain("version", "The script's number."),
                Column.Plain("min_compatible", "The oldest build that works with the schema since."),
                Column.Plain("name", "The script's name."),
                Column.Hash("checksum", "The script's contents, as SHA-256."),
                Column.Plain("applied_at", "When it ran."),
            ],
        },
    ];
}
