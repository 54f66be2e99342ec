using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Queues;

/// <summary>
/// The statements of a table whose rows nodes lease by the database's clock. Rows of one lane are processed oldest first.
/// Each update of a leased row names the lease (the fence): a node that was too slow changes nothing. Its parameters are
/// <c>$1</c> the tenant, <c>$2</c> the row's key, <c>$3</c> the lease.
/// </summary>
internal sealed class LeasedTable
{
    /// <summary>The <c>state</c> of a pending row.</summary>
    public const string Pending = "pending";

    /// <summary>The <c>state</c> of a dead letter.</summary>
    public const string Dead = "dead";

    // Correcting a clock by less than this makes nothing due early.
    private static readonly TimeSpan slack = TimeSpan.FromMinutes(2);

    /// <summary>
    /// The parameter <c>$5</c> of <see cref="Claim"/>: the latest possible end of a lease. Settings of such tables allow 10
    /// minutes.
    /// </summary>
    public static readonly TimeSpan LongestLease = TimeSpan.FromMinutes(10) + slack;

    private const string Free = "lease_id = null, lease_until = null";

    private readonly string table;
    private readonly string key;
    private readonly string age;
    private readonly string lane;

    /// <summary>Composes the statements.</summary>
    /// <param name="table">The table, with a tenant's policy.</param>
    /// <param name="key">The rest of its primary key.</param>
    /// <param name="age">The column that orders a lane; the key breaks ties.</param>
    /// <param name="longestWait">The longest wait between a failed try and the next.</param>
    /// <param name="lane">
    /// The columns of a lane: rows with equal values form a lane. A row with a null in one forms its own.
    /// </param>
    public LeasedTable(string table, string key, string age, TimeSpan longestWait, params string[] lane)
    {
        ShortenWaits = (
            $"update {table} set due_at = {{now}} where tenant_id = $1 and state = '{Pending}' "
                + "and due_at > {now} + case when attempts = 0 then $2 else $3 end",
            [LongestLease, longestWait + slack]
        );
        (this.table, this.key, this.age) = (table, key, age);
        this.lane = string.Join(" and ", lane.Select(column => $"e.{column} = i.{column}"));
        Held = $"where tenant_id = $1 and {key} = $2 and lease_id = $3";
        Release = $"update {table} set {Free}, attempts = attempts - 1 {Held}";
        Postpone = $"update {table} set {Free}, fault = $4, due_at = {{now}} + $5 {Held}";
        DeadLetter = $"update {table} set {Free}, fault = $4, state = '{Dead}' {Held}";
    }

    /// <summary>
    /// Makes rows due now whose due time is later than any wait allows, as written by a node whose clock was ahead.
    /// <c>$1</c> is the tenant, then come the parameters. Run by the cleaning: a claim that checked this would read every
    /// pending row.
    /// </summary>
    public (string Sql, object[] Parameters) ShortenWaits { get; }

    /// <summary>The condition of an update of a leased row.</summary>
    public string Held { get; }

    /// <summary>Releases a lease as if untried.</summary>
    public string Release { get; }

    /// <summary>Postpones a row after a failed try, with the fault <c>$4</c>; due again after <c>$5</c>.</summary>
    public string Postpone { get; }

    /// <summary>Dead-letters a row, with the fault <c>$4</c>.</summary>
    public string DeadLetter { get; }

    /// <summary>
    /// The condition of a row that may be leased. A lease that ends later than possible was written by a node whose clock
    /// was ahead, and counts as expired.
    /// </summary>
    /// <param name="row">The row's alias.</param>
    /// <param name="lease">The parameter with <see cref="LongestLease"/>.</param>
    public static string IsReady(string row, string lease) =>
        $"{row}.due_at <= {{now}} and ({row}.lease_until is null or {row}.lease_until <= {{now}} "
        + $"or {row}.lease_until > {{now}} + {lease})";

    /// <summary>
    /// Leases due rows: the first unfinished one of each lane. Later rows wait, even while the first waits for its next
    /// try. The table needs an index for the condition, by <c>due_at</c>, and one for the lanes, by age and key. <c>$1</c>
    /// the tenant, <c>$2</c> the lease, <c>$3</c> its length, <c>$4</c> the most rows, <c>$5</c> <see
    /// cref="LongestLease"/>.
    /// </summary>
    /// <param name="condition">A further condition on <c>i</c>; its parameters begin with <c>$6</c>.</param>
    /// <param name="columns">The returned columns; rows come in no order.</param>
    public string Claim(string condition, Columns columns) =>
        // Run by IEngine.ClaimAsync, which avoids sorting: only the lanes' index can deliver this order to the inner query,
        // and `offset 0` keeps that one from becoming a join. The place needs no index.
        $"with due as materialized (select i.{{place}} as place from {table} i where i.tenant_id = $1 and i.state = '{Pending}' "
        + $"and {IsReady("i", "$5")} and {condition} "
        + $"and not exists (select 1 from {table} e where e.tenant_id = $1 and {lane} and e.state = '{Pending}' "
        + $"and (e.{age}, e.{key}) < (i.{age}, i.{key}) order by e.{age}, e.{key} limit 1 offset 0) "
        + "order by i.due_at limit $4 {skip locked}) "
        + $"update {table} set lease_id = $2, lease_until = {{now}} + $3, attempts = attempts + 1 from due "
        + $"where tenant_id = $1 and {table}.{{place}} = due.place returning {columns}";
}
