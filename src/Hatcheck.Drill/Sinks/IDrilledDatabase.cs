using System.Data.Common;
using Hatcheck.Drill.Search;

namespace Hatcheck.Drill.Sinks;

/// <summary>The database of the installation under test, seen by an attacker with full access.</summary>
internal interface IDrilledDatabase : IAsyncDisposable
{
    /// <summary><c>SQLite</c> or <c>PostgreSQL</c> with its version.</summary>
    string Name { get; }

    /// <summary>Settings that make a server use it.</summary>
    IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>
    /// Adds the control markers of rows, files and logs, and the secrets of the connection itself.
    /// </summary>
    void AddTo(CanaryBook book, Guid tenant);

    /// <summary>A connection that sees every row.</summary>
    Task<DbConnection> OpenAsync(CancellationToken cancellation);

    /// <summary>
    /// Searches rows, files and logs; records the places that could not be searched. Returns the tables without rows.
    /// </summary>
    Task<List<string>> SearchAsync(Searcher searcher, SearchResults results, CancellationToken cancellation);
}
