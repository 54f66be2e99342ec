using Hatcheck.Platform.Http;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.Platform;

/// <summary>That a request with an Idempotency-Key was done: its hash and what it made, never its body.</summary>
internal sealed class IdempotencyRow : ITenantRow
{
    /// <summary>How long a repeat is known as one.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromHours(24);

    /// <summary>In place of a request's hash once what it made was erased: nothing is kept of what the request said.</summary>
    public const string Forgotten = "";

    public Guid TenantId { get; init; }

    /// <summary>Whom the request was about; empty where it makes a user.</summary>
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

/// <summary>A request with an Idempotency-Key, by keyed hashes. Two callers who use the same key do not meet.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="User">Whom it is about, as the request names them; empty where it makes a user.</param>
/// <param name="KeyHash">Of the key, the caller and the operation.</param>
/// <param name="EarlierHash">Of the key and the operation, as release 0.1 stored it: known as long as such a row lives.</param>
/// <param name="RequestHash">Of everything that makes it this request.</param>
internal sealed record RepeatableRequest(Guid Tenant, Guid User, string KeyHash, string EarlierHash, string RequestHash);

/// <summary>What the first request with a key made.</summary>
/// <param name="Resource">The id of what it made.</param>
/// <param name="At">When.</param>
internal sealed record FirstRequest(Guid Resource, DateTimeOffset At);

/// <summary>
/// Knows a repeated request by its Idempotency-Key for 24 hours. The unique key decides between two that come at once.
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

    /// <summary>The request; null without a key.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="key">The value of the header.</param>
    /// <param name="operation">A frozen name, such as <c>usage</c>.</param>
    /// <param name="user">Whom it is about; empty where it makes a user.</param>
    /// <param name="content">Everything by which two requests differ; frozen in number and order.</param>
    /// <param name="cancellation">Ends the wait.</param>
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

    /// <summary>What the first request made; null: this is the first. Refused if the key was used with another request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="db">The transaction; null: read outside one, in one round trip.</param>
    /// <param name="cancellation">Ends the wait.</param>
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
    /// <param name="resource">The id of what it makes.</param>
    /// <param name="at">When, by the database's clock.</param>
    /// <param name="condition">
    /// A <c>from … where …</c> that finds what the request made, so that no key is kept without it. It may name the tenant and
    /// the resource, <c>$1</c> and <c>$5</c>.
    /// </param>
    /// <param name="parameters">Its own, from <c>$7</c>.</param>
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
