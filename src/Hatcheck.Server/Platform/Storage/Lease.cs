namespace Hatcheck.Server.Platform.Storage;

/// <summary>Jobs of the whole installation that one node does at a time. The numbers are PostgreSQL's advisory locks: fixed, each its own.</summary>
internal enum Lease : long
{
    /// <summary>Erasing people whose grace period is over ("hatcheck" in base 36, and 1).</summary>
    Purge = 1362440218773,
}
