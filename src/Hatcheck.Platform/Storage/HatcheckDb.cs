using System.Reflection;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Hatcheck.Platform.Storage;

/// <summary>
/// The EF Core model, gathered from the capabilities' table classes. A context sees one tenant's rows only, as set by <see
/// cref="Database"/>. Scripts in <c>Migrations</c> create the schema; a test compares the two.
/// </summary>
internal sealed class HatcheckDb(DbContextOptions<HatcheckDb> options) : DbContext(options)
{
    /// <summary>The tenant whose rows this context reads and writes. Empty for none.</summary>
    public Guid Tenant { get; set; }

    /// <summary>
    /// The database's clock (<c>{now}</c> of <see cref="SqlText"/>) at the start of this transaction. Use it for anything
    /// that expires or is destroyed.
    /// </summary>
    public DateTimeOffset Now { get; set; }

    /// <summary>Set together with the tenant.</summary>
    public IEngine Engine { get; set; } = null!;

    /// <summary>
    /// Statements that run last, in the commit's own round trip, so that follow-up changes are stored with the change or
    /// not at all. See <see cref="IEngine.CommitAsync"/>.
    /// </summary>
    public List<(string Sql, object?[] Parameters)> AtCommit { get; } = [];

    /// <summary>Raw statements in this transaction.</summary>
    public Statements Statements => new(Engine, Database.GetDbConnection(), Database.CurrentTransaction?.GetDbTransaction());

    /// <summary>Returns every row of one raw statement, in this transaction if there is one.</summary>
    public async Task<List<T>> QueryAsync<T>(string sql, object?[] parameters, Func<Row, T> read, CancellationToken cancellation)
    {
        // Already open inside a transaction; reads on SQLite have none.
        await Database.OpenConnectionAsync(cancellation);
        try
        {
            return await Statements.QueryAsync(sql, parameters, read, cancellation);
        }
        finally
        {
            await Database.CloseConnectionAsync();
        }
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configuration)
    {
        if (Database.IsSqlite())
            configuration.Properties<DateTimeOffset>().HaveConversion<MicrosecondConverter>();
    }

    protected override void OnModelCreating(ModelBuilder model)
    {
        foreach (var assembly in options.GetExtension<CapabilityAssemblies>().All)
            model.ApplyConfigurationsFromAssembly(assembly);
        foreach (var entity in model.Model.GetEntityTypes())
        {
            foreach (var property in entity.GetProperties())
                property.SetColumnName(SnakeCase(property.Name));
            FilterMethod.MakeGenericMethod(entity.ClrType).Invoke(this, [model]);
        }
    }

    private static readonly MethodInfo FilterMethod = typeof(HatcheckDb).GetMethod(
        nameof(FilterByTenant),
        BindingFlags.NonPublic | BindingFlags.Instance
    )!;

    private void FilterByTenant<T>(ModelBuilder model)
        where T : class, ITenantRow => model.Entity<T>().HasQueryFilter(row => row.TenantId == Tenant);

    private static string SnakeCase(string name)
    {
        var text = new StringBuilder(name.Length + 8);
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0)
                text.Append('_');
            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }

    private sealed class MicrosecondConverter()
        : ValueConverter<DateTimeOffset, long>(at => Instants.ToMicroseconds(at), value => Instants.FromMicroseconds(value));
}
