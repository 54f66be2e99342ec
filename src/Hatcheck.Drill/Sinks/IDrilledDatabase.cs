using System.Data.Common;
using Hatcheck.Drill.Search;

namespace Hatcheck.Drill.Sinks;

/// <summary>The database of the installation under test, seen by somebody who has all of it.</summary>
internal interface IDrilledDatabase : IAsyncDisposable
{
    /// <summary><c>SQLite</c> or <c>PostgreSQL</c> with its version.</summary>
    string Name { get; }

    /// <summary>What points a server at it.</summary>
    IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>
    /// Adds what has to be found in rows, files and logs for the search to count, and the secrets of the connection itself.
    /// </summary>
    void AddTo(CanaryBook book, Guid tenant);

    /// <summary>A connection that sees every row.</summary>
    Task<DbConnection> OpenAsync(CancellationToken cancellation);

    /// <summary>
    /// Searches rows, files and logs; says in the findings what could not be looked at. Gives the tables without rows.
    /// </summary>
    Task<List<string>> SearchAsync(Searcher searcher, Findings findings, CancellationToken cancellation);
}
