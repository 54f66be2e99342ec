using System.Reflection;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Hatcheck.Platform.Storage;

/// <summary>
/// The model, gathered from the table classes of the capabilities. A context sees one tenant's rows only:
/// <see cref="Database"/> sets it. The schema itself is made by the scripts in <c>Migrations</c>; a test holds the two
/// against each other.
/// </summary>
internal sealed class HatcheckDb(DbContextOptions<HatcheckDb> options) : DbContext(options)
{
    /// <summary>The tenant whose rows this context reads and writes. Empty: none.</summary>
    public Guid Tenant { get; set; }

    /// <summary>
    /// The database's clock (<c>{now}</c> of <see cref="SqlText"/>) as this transaction began. Whatever expires or is
    /// destroyed goes by it.
    /// </summary>
    public DateTimeOffset Now { get; set; }

    /// <summary>Set with the tenant.</summary>
    public IEngine Engine { get; set; } = null!;

    /// <summary>
    /// Statements that run last of all, in the commit's own round trip: what follows from a change is stored with it or not at
    /// all. See <see cref="IEngine.CommitAsync"/>.
    /// </summary>
    public List<(string Sql, object?[] Parameters)> AtCommit { get; } = [];

    /// <summary>Raw statements in this transaction.</summary>
    public Statements Statements => new(Engine, Database.GetDbConnection(), Database.CurrentTransaction?.GetDbTransaction());

    /// <summary>Every row of one raw statement, in this transaction if there is one.</summary>
    public async Task<List<T>> QueryAsync<T>(string sql, object?[] parameters, Func<Row, T> read, CancellationToken cancellation)
    {
        // Open already inside a transaction; a read on SQLite has none.
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
