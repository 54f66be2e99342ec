using System.Globalization;
using System.Text.Json;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Platform.Tables;

/// <summary>
/// Everything kept about a person, by the declared tables: counted, exported and erased here for all of them, but where a
/// kind of data reads better, or does more, by code of its own.
/// </summary>
internal sealed class PersonalData(TableInventory tables, IEnumerable<IPersonalData> kinds, PersonVaults vaults)
{
    // By the place of what they export, whichever was registered first.
    private readonly List<IPersonalData> kinds =
    [
        .. kinds.OrderBy(kind => tables.Sections.FirstOrDefault(section => section.Name == kind.Name)?.Place ?? int.MaxValue),
    ];

    /// <summary>PostgreSQL and SQLite take many more parameters; a set of merged users rarely has more than a few.</summary>
    private const int UsersPerStatement = 500;

    private static readonly EraseStage[] Stages = Enum.GetValues<EraseStage>();

    /// <summary>How much there is of each kind, in the order of the sections.</summary>
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

    /// <summary>Every entry of each kind, opened.</summary>
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

    /// <summary>Makes what the merged user had the survivor's, kind by kind.</summary>
    public async Task MergeAsync(HatcheckDb db, Guid tenant, Guid survivor, Guid merged, CancellationToken cancellation)
    {
        foreach (var kind in kinds)
            await kind.MergeAsync(db, tenant, survivor, merged, cancellation);
    }

    /// <summary>Ends what ends when the person is deleted so that it can be undone, kind by kind.</summary>
    public async Task EndAsync(HatcheckDb db, PersonScope person, Actor actor, CancellationToken cancellation)
    {
        foreach (var kind in kinds)
            await kind.EndAsync(db, person, actor, cancellation);
    }

    /// <summary>Deletes every row and key of the person, stage by stage, in the transaction that has set the tombstone.</summary>
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

    // Names are declarations of this build, never input; values are parameters.
    private static IEnumerable<(string Condition, object[] Values)> Conditions(PersonScope person)
    {
        foreach (var users in person.Users.Chunk(UsersPerStatement))
        {
            var places = string.Join(", ", users.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"{{{i + 1}}}")));
            yield return ($"{Column.Tenant.Name} = {{0}} and {Table.PersonColumn} in ({places})", [person.Tenant, .. users]);
        }
    }
}
