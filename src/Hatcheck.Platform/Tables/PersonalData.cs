using System.Globalization;
using System.Text.Json;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Platform.Tables;

/// <summary>
/// All data kept about a user, by the declared tables. Counts, exports and erases it, unless a kind of data has code of its
/// own.
/// </summary>
internal sealed class PersonalData(TableInventory tables, IEnumerable<IPersonalData> kinds, PersonVaults vaults)
{
    // Ordered by the place of their sections, not by registration.
    private readonly List<IPersonalData> kinds =
    [
        .. kinds.OrderBy(kind => tables.Sections.FirstOrDefault(section => section.Name == kind.Name)?.Place ?? int.MaxValue),
    ];

    /// <summary>
    /// PostgreSQL and SQLite accept many more parameters; a set of merged users rarely has more than a few.
    /// </summary>
    private const int UsersPerStatement = 500;

    private static readonly EraseStage[] Stages = Enum.GetValues<EraseStage>();

    /// <summary>Counts the entries of each kind, in the order of the sections.</summary>
    public async Task<IReadOnlyList<(Section Section, int Count)>> CountAsync(
        HatcheckDb db,
        PersonScope person,
        CancellationToken cancellation
    )
    {
        var counts = new List<(Section, int)>();
        foreach (var table in tables.Where(table => table.Section is not null).OrderBy(table => table.Section!.Place))
        {
            var total = 0L;
            var what = table.Section!.Counted is { } column ? $"distinct {column}" : "*";
            foreach (var (condition, values) in Conditions(person))
            {
                var sql = $"select count({what}) as \"Value\" from {table.Name} where {condition}";
                total += (await db.Database.SqlQueryRaw<long>(sql, values).ToListAsync(cancellation))[0];
            }

            counts.Add((table.Section, checked((int)total)));
        }

        return counts;
    }

    /// <summary>Exports every entry of each kind, opened.</summary>
    public async Task<Dictionary<string, IReadOnlyList<JsonElement>>> ExportAsync(
        HatcheckDb db,
        PersonScope person,
        CancellationToken cancellation
    )
    {
        using var vault = vaults.In(db, person.Keys);
        var sections = new Dictionary<string, IReadOnlyList<JsonElement>>(StringComparer.Ordinal);
        foreach (var section in tables.Sections)
        {
            if (kinds.SingleOrDefault(one => one.Name == section.Name) is { } kind)
            {
                sections[section.Name] = await kind.ExportAsync(db, person, vault, cancellation);
                continue;
            }

            var entries = new List<JsonElement>();
            foreach (var table in tables.Where(table => table.Section == section))
                entries.AddRange(await TableExport.ExportAsync(db, table, person, vault, cancellation));
            sections[section.Name] = entries;
        }

        return sections;
    }

    /// <summary>Moves the merged user's data to the survivor, kind by kind.</summary>
    public async Task MergeAsync(HatcheckDb db, Guid tenant, Guid survivor, Guid merged, CancellationToken cancellation)
    {
        foreach (var kind in kinds)
            await kind.MergeAsync(db, tenant, survivor, merged, cancellation);
    }

    /// <summary>Ends what a reversible deletion ends, kind by kind.</summary>
    public async Task EndAsync(HatcheckDb db, PersonScope person, Actor actor, CancellationToken cancellation)
    {
        foreach (var kind in kinds)
            await kind.EndAsync(db, person, actor, cancellation);
    }

    /// <summary>Deletes every row and key of the user, stage by stage, in the transaction that set the tombstone.</summary>
    public async Task EraseAsync(HatcheckDb db, PersonScope person, CancellationToken cancellation)
    {
        foreach (var stage in Stages)
        {
            foreach (var kind in kinds.Where(kind => kind.Erase == stage))
                await kind.EraseAsync(db, person, cancellation);
            if (stage is EraseStage.None or EraseStage.Outlives or EraseStage.Tombstone)
                continue;
            foreach (var table in tables.Where(table => table.Erase == stage))
            {
                foreach (var (condition, values) in Conditions(person))
                {
                    var sql = $"delete from {table.Name} where {condition}";
                    await db.Database.ExecuteSqlRawAsync(sql, values, cancellation);
                }
            }
        }
    }

    // Names are this build's declarations, never input; values are parameters.
    private static IEnumerable<(string Condition, object[] Values)> Conditions(PersonScope person)
    {
        foreach (var users in person.Users.Chunk(UsersPerStatement))
        {
            var places = string.Join(", ", users.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"{{{i + 1}}}")));
            yield return ($"{Column.Tenant.Name} = {{0}} and {Table.PersonColumn} in ({places})", [person.Tenant, .. users]);
        }
    }
}
