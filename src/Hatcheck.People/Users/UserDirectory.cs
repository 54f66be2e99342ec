using Hatcheck.Crypto;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;

namespace Hatcheck.People.Users;

/// <summary>Result of a look-up of a user by id.</summary>
internal abstract record PersonLookup
{
    /// <summary>An active user. After a merge, the survivor.</summary>
    /// <param name="User">The survivor's id.</param>
    /// <param name="CreatedAt">When the survivor was created.</param>
    /// <param name="Asked">The requested id.</param>
    /// <param name="Keys">The survivor's wrapped data keys, newest first; never empty.</param>
    internal sealed record Found(Guid User, DateTimeOffset CreatedAt, Guid Asked, IReadOnlyList<WrappedKey> Keys) : PersonLookup;

    /// <summary>Deleted, and not yet erased.</summary>
    internal sealed record Deleted(Found Person, DateTimeOffset At) : PersonLookup;

    internal sealed record NotFound : PersonLookup
    {
        public static readonly NotFound Instance = new();
    }

    internal sealed record Erased : PersonLookup
    {
        public static readonly Erased Instance = new();
    }

    /// <summary>The user, deleted or not, whose data is still stored and can be exported or erased; else null.</summary>
    public Found? Kept => this as Found ?? (this as Deleted)?.Person;

    /// <summary>The refusal if the user is not <see cref="Found"/>.</summary>
    public Refusal Refusal() =>
        this switch
        {
            Erased => new Refusal.Gone(IsDeleted: false),
            Deleted => new Refusal.Gone(IsDeleted: true),
            NotFound => new Refusal.Absent(),
            // Gone a moment ago, and back again.
            _ => new Refusal.Busy(),
        };

    /// <summary>The problem for this refusal.</summary>
    public Problem Problem() => Refusal().ToProblem();
}

/// <summary>A capability's additions to the look-up of a user, read in the same round trip.</summary>
/// <param name="columns">The columns of <see cref="UserDirectory.Person"/>, and its own.</param>
/// <param name="joins">Left joins with at most one row, unless <paramref name="order"/> puts the wanted one first.</param>
/// <param name="read">Reads its columns from the first row.</param>
/// <param name="order">A further sort order, such as <c>a.version desc</c>.</param>
internal sealed class PersonQuery<T>(Columns columns, string joins, Func<Row, T> read, string? order = null)
{
    public string Sql { get; } = UserDirectory.FindQueryWith(columns, joins, order);

    public T Read(Row row) => read(row);
}

/// <summary>Finds users by their random id, following merges.</summary>
internal sealed class UserDirectory(Database database)
{
    /// <summary>The survivor, as <c>s</c>, and its data keys, as <c>k</c>: one row per version.</summary>
    public static readonly Columns Person = new();

    /// <summary>The survivor's id.</summary>
    public static readonly Field Id = Person.Add("s.user_id");

    private static readonly Field CreatedAt = Person.Add("s.created_at");
    private static readonly Field ErasedAt = Person.Add("s.erased_at");
    private static readonly Field DeletedAt = Person.Add("s.deleted_at");
    private static readonly WrappedKey.Fields Key = new(Person, "k", Id, KeyPurpose.Data);

    private static readonly string FindQuery = FindQueryWith(Person, "");

    private static readonly Columns Scope = new();
    private static readonly WrappedKey.Fields ScopeKey = new(Scope, "k", Scope.Add("u.user_id"), KeyPurpose.Data);

    private static readonly string MembersQuery =
        $"select {Scope} from users u "
        + "join user_keys k on k.tenant_id = u.tenant_id and k.user_id = u.user_id and k.purpose = 'data' "
        + "where u.tenant_id = $1 and (u.user_id = $2 or u.merged_into = $2)";

    /// <summary>One round trip.</summary>
    public async Task<PersonLookup> FindAsync(Guid tenant, Guid user, CancellationToken cancellation)
    {
        var rows = await database.QueryAsync<PersonLookup>(
            tenant,
            FindQuery,
            [tenant, user],
            row => Read(row, user),
            cancellation
        );
        return Combine(rows);
    }

    /// <summary>
    /// Finds the user, and in the same round trip further data; that is default if the user is not found.
    /// </summary>
    public async Task<(PersonLookup Person, T? More)> FindAsync<T>(
        Guid tenant,
        Guid user,
        PersonQuery<T> query,
        CancellationToken cancellation
    )
    {
        var rows = await database.QueryAsync(
            tenant,
            query.Sql,
            [tenant, user],
            row =>
                Read(row, user) is var person && person is PersonLookup.Found ? (person, query.Read(row)) : (person, default(T)),
            cancellation
        );
        if (rows.Count == 1)
            return rows[0];
        return (Combine(rows.ConvertAll(row => row.Item1)), rows.Count == 0 ? default : rows[0].Item2);
    }

    /// <summary>The look-up with more columns and joins: <c>s</c> is the survivor's row of <c>users</c>.</summary>
    public static string FindQueryWith(Columns columns, string joins, string? order = null) =>
        $"select {columns} from users u "
        + Survivor.Join
        + $"left join user_keys k on k.tenant_id = s.tenant_id and k.user_id = s.user_id and k.purpose = 'data' {joins} "
        + $"where u.tenant_id = $1 and u.user_id = $2 order by k.version desc{(order is null ? "" : $", {order}")}";

    private static PersonLookup Read(Row row, Guid asked)
    {
        if (!row.IsNull(ErasedAt) || Key.Read(row) is not { } key)
            return PersonLookup.Erased.Instance;
        var found = new PersonLookup.Found(row.Guid(Id), row.Instant(CreatedAt), asked, [key]);
        return row.InstantOrNull(DeletedAt) is { } deleted ? new PersonLookup.Deleted(found, deleted) : found;
    }

    // Almost always one row; more while a user has several keys.
    private static PersonLookup Combine(List<PersonLookup> rows)
    {
        if (rows.Count == 0)
            return PersonLookup.NotFound.Instance;
        if (rows.Count == 1 || rows[0].Kept is not { } newest)
            return rows[0];
        var found = newest with { Keys = [.. rows.SelectMany(row => row.Kept!.Keys).DistinctBy(key => key.Version)] };
        return rows[0] is PersonLookup.Deleted deleted ? deleted with { Person = found } : found;
    }

    /// <summary>
    /// The survivor as a scope, with the data keys of it and of all users merged into it: cells stay sealed under their
    /// original user.
    /// </summary>
    public async Task<PersonScope> ScopeAsync(Guid tenant, Guid survivor, CancellationToken cancellation)
    {
        var keys = await database.QueryAsync(tenant, MembersQuery, [tenant, survivor], row => ScopeKey.Read(row)!, cancellation);
        return new PersonScope(tenant, [.. keys.Select(key => key.Owner.Id).Distinct()], keys);
    }
}
