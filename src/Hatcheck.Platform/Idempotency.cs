using Hatcheck.Platform.Http;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.Platform;

/// <summary>
/// Records that a request with an Idempotency-Key was done: its hash and the id of its result, never its body.
/// </summary>
internal sealed class IdempotencyRow : ITenantRow
{
    /// <summary>How long a repeated request is recognised.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromHours(24);

    /// <summary>Replaces the request's hash once its result was erased, so that nothing about the request is kept.</summary>
    public const string Forgotten = "";

    public Guid TenantId { get; init; }

    /// <summary>The user that the request was about; empty where it creates a user.</summary>
    public Guid UserId { get; init; }

    public required string KeyHash { get; init; }

    public required string RequestHash { get; init; }

    public Guid ResourceId { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class IdempotencyTable : IEntityTypeConfiguration<IdempotencyRow>
{
    public void Configure(EntityTypeBuilder<IdempotencyRow> builder)
    {
        builder.ToTable("idempotency_keys");
        builder.HasKey(row => new
        {
            row.TenantId,
            row.UserId,
            row.KeyHash,
        });
    }
}

/// <summary>A request with an Idempotency-Key, as keyed hashes. Callers who use the same key do not collide.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="User">The user it is about, as named in the request; empty where it creates a user.</param>
/// <param name="KeyHash">Hash of the key, the caller and the operation.</param>
/// <param name="EarlierHash">
/// Hash of the key and the operation, as release 0.1 stored it; matched for as long as such rows exist.
/// </param>
/// <param name="RequestHash">Hash of everything that identifies the request.</param>
internal sealed record RepeatableRequest(Guid Tenant, Guid User, string KeyHash, string EarlierHash, string RequestHash);

/// <summary>The result of the first request with a key.</summary>
/// <param name="Resource">The id of the resource that it created.</param>
/// <param name="At">When.</param>
internal sealed record FirstRequest(Guid Resource, DateTimeOffset At);

/// <summary>
/// Recognises a repeated request by its Idempotency-Key for 24 hours. The unique key decides between two concurrent
/// requests.
/// </summary>
internal sealed class Idempotency(Database database, TenantKeys tenantKeys)
{
    private const string FindFirst =
        "select request_hash, resource_id, created_at from idempotency_keys "
        + "where tenant_id = $1 and user_id = $2 and key_hash in ($3, $4) and created_at >= {now} - $5 "
        + "order by key_hash = $3 desc limit 1";

    private const string DropOld = "delete from idempotency_keys where tenant_id = $1 and created_at < {now} - $2";

    private const string Insert =
        "insert into idempotency_keys (tenant_id, user_id, key_hash, request_hash, resource_id, created_at) "
        + "select $1, $2, $3, $4, $5, $6 ";

    /// <summary>Returns the hashed request; null without a key.</summary>
    /// <param name="caller">The caller.</param>
    /// <param name="key">The value of the header.</param>
    /// <param name="operation">A frozen name, such as <c>usage</c>.</param>
    /// <param name="user">The user it is about; empty where it creates a user.</param>
    /// <param name="content">Everything that distinguishes two requests; frozen in number and order.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public async Task<RepeatableRequest?> OfAsync(
        Caller caller,
        string? key,
        string operation,
        Guid user,
        string[] content,
        CancellationToken cancellation
    )
    {
        if (key is null)
            return null;
        var keys = await tenantKeys.GetAsync(caller.Tenant, caller.KeyEpoch, cancellation);
        return new RepeatableRequest(
            caller.Tenant,
            user,
            keys.Hash("idempotency", operation, caller.Actor.Text, key),
            keys.Hash("idempotency", operation, key),
            keys.Hash("idempotent-request", content)
        );
    }

    /// <summary>
    /// Returns the result of the first request; null if this is the first. Refused if the key was used with another
    /// request.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="db">The transaction; null to read outside one, in one round trip.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public async Task<Outcome<FirstRequest?>> FindAsync(RepeatableRequest request, HatcheckDb? db, CancellationToken cancellation)
    {
        object[] parameters = [request.Tenant, request.User, request.KeyHash, request.EarlierHash, IdempotencyRow.Life];
        var rows = db is null
            ? await database.QueryAsync(request.Tenant, FindFirst, parameters, Read, cancellation)
            : await db.QueryAsync(FindFirst, parameters, Read, cancellation);
        if (rows is not [var (hash, first)])
            return (FirstRequest?)null;
        if (hash == request.RequestHash || hash == IdempotencyRow.Forgotten)
            return first;
        return new Refusal.KeyReused();
    }

    /// <summary>Stores in the transaction that the request was done.</summary>
    public static async Task KeepAsync(HatcheckDb db, RepeatableRequest request, Guid resource, CancellationToken cancellation)
    {
        await db.Statements.ExecuteAsync(DropOld, [request.Tenant, IdempotencyRow.Life], cancellation);
        db.Add(
            new IdempotencyRow
            {
                TenantId = request.Tenant,
                UserId = request.User,
                KeyHash = request.KeyHash,
                RequestHash = request.RequestHash,
                ResourceId = resource,
                CreatedAt = db.Now,
            }
        );
    }

    /// <summary>Same, as statements of a batch.</summary>
    /// <param name="request">The request.</param>
    /// <param name="resource">The id of the resource that it creates.</param>
    /// <param name="at">The time, by the database's clock.</param>
    /// <param name="condition">
    /// A <c>from … where …</c> that finds the created resource, so that no key is kept without it. It may refer to the
    /// tenant and the resource as <c>$1</c> and <c>$5</c>.
    /// </param>
    /// <param name="parameters">The condition's parameters, from <c>$7</c>.</param>
    public static IEnumerable<(string Sql, object?[] Parameters)> Keep(
        RepeatableRequest request,
        Guid resource,
        DateTimeOffset at,
        string condition,
        params object?[] parameters
    )
    {
        yield return (DropOld, [request.Tenant, IdempotencyRow.Life]);
        yield return (
            Insert + condition,
            [request.Tenant, request.User, request.KeyHash, request.RequestHash, resource, at, .. parameters]
        );
    }

    private static (string Hash, FirstRequest First) Read(Row row) =>
        (row.Text("request_hash"), new FirstRequest(row.Guid("resource_id"), row.Instant("created_at")));
}
