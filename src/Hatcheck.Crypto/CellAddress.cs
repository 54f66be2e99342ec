namespace Hatcheck.Crypto;

/// <summary>
/// The place that a cell is bound to: it opens nowhere else.
/// </summary>
/// <param name="Table">A label of 1 to 64 ASCII characters; it never changes, even if the table is renamed.</param>
/// <param name="Column">Same, for the column.</param>
/// <param name="Tenant">The tenant that owns the data.</param>
/// <param name="Record">The row's id.</param>
/// <param name="User">The user that it is about, under whose key it is sealed.</param>
public readonly record struct CellAddress(string Table, string Column, Guid Tenant, Guid Record, Guid User);
