using System.ComponentModel.DataAnnotations;

namespace Hatcheck.Platform.Storage;

/// <summary>Settings under <c>Database</c>; a bad value stops the server at start-up.</summary>
internal sealed class DatabaseOptions
{
    public const string Section = "Database";

    /// <summary>
    /// True if only one process at a time can open the database, so the running server must run CLI verbs.
    /// </summary>
    public static bool TakesOneProcess(IConfiguration configuration) => Chosen(configuration) == "sqlite";

    /// <summary>Whether a data folder holds an SQLite database.</summary>
    public static bool IsThere(string folder) => File.Exists(Path.Combine(folder, SqliteEngine.FileName));

    /// <summary>The configured provider.</summary>
    public static string Chosen(IConfiguration configuration) =>
        configuration[$"{Section}:{nameof(Provider)}"] ?? new DatabaseOptions().Provider;

    /// <summary><c>sqlite</c> (a file in <c>Data:Folder</c>; the default) or <c>postgres</c>.</summary>
    [RegularExpression("^(sqlite|postgres)$", ErrorMessage = "Database:Provider is sqlite or postgres.")]
    public string Provider { get; set; } = "sqlite";

    /// <summary>
    /// PostgreSQL: the connection of nodes, as a role that owns nothing and can't bypass row-level security.
    /// </summary>
    public string? ConnectionString { get; set; }

    /// <summary>
    /// PostgreSQL: the connection for work across tenants (lists, housekeeping); needed by the CLI, optional for
    /// <c>serve</c>.
    /// </summary>
    public string? MaintenanceConnectionString { get; set; }

    /// <summary>PostgreSQL: the connection of the schema's owner; only <c>hatcheck migrate</c> uses it.</summary>
    public string? OwnerConnectionString { get; set; }

    /// <summary>PostgreSQL: the role that receives the nodes' rights from <c>migrate</c>.</summary>
    [RegularExpression("^[a-z_][a-z0-9_]{0,62}$", ErrorMessage = "Database:AppRole is a plain lower-case role name.")]
    public string AppRole { get; set; } = "hatcheck_app";

    /// <summary>PostgreSQL: the role that receives the rights for cross-tenant work from <c>migrate</c>.</summary>
    [RegularExpression("^[a-z_][a-z0-9_]{0,62}$", ErrorMessage = "Database:MaintenanceRole is a plain lower-case role name.")]
    public string MaintenanceRole { get; set; } = "hatcheck_maintenance";

    /// <summary>PostgreSQL: the role that receives read access from <c>migrate</c>, one tenant at a time.</summary>
    [RegularExpression("^[a-z_][a-z0-9_]{0,62}$", ErrorMessage = "Database:ReadOnlyRole is a plain lower-case role name.")]
    public string ReadOnlyRole { get; set; } = "hatcheck_readonly";

    /// <summary>Longest wait for a connection or a lock, and for one statement. Default 5 s; 100 ms to 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>PostgreSQL: connections per node. Default 20; 1 to 500.</summary>
    [Range(1, 500)]
    public int PoolSize { get; set; } = 20;

    /// <summary>
    /// PostgreSQL: how a request is bound to its tenant. <c>batch</c> (the default, faster): <c>set_config</c> in the
    /// statement's batch. <c>transaction</c>: <c>set local</c> in an explicit transaction, which Citus passes on to its
    /// workers.
    /// </summary>
    [RegularExpression("^(batch|transaction)$", ErrorMessage = "Database:TenantBinding is batch or transaction.")]
    public string TenantBinding { get; set; } = "batch";

    /// <summary>PostgreSQL: allow a connection without verified TLS to a host other than loopback. Default false.</summary>
    public bool AllowPlaintext { get; set; }
}

/// <summary>Settings under <c>Data</c>.</summary>
internal sealed class DataOptions
{
    public const string Section = "Data";

    /// <summary>
    /// The folder of the SQLite file, the local key file and the admin socket. Default <c>data</c> under the working
    /// folder.
    /// </summary>
    [Required(AllowEmptyStrings = false)]
    public string Folder { get; set; } = "data";

    public string PathOf(string file) => Path.GetFullPath(Path.Combine(Folder, file));
}
