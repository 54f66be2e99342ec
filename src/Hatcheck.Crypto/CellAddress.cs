namespace Hatcheck.Crypto;

/// <summary>
/// The place that a cell is bound to: moved anywhere else, it does not open.
/// </summary>
/// <param name="Table">A label of 1 to 64 ASCII characters; frozen for ever, even if the table is renamed.</param>
/// <param name="Column">The same for the column.</param>
/// <param name="Tenant">Whose data it is.</param>
/// <param name="Record">The row's id.</param>
/// <param name="User">The person it is about, whose key it is sealed under.</param>
public readonly record struct CellAddress(string Table, string Column, Guid Tenant, Guid Record, Guid User);
