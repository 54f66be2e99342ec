using Hatcheck.Platform.Tables;

namespace Hatcheck.Platform.Jobs;

/// <summary>Declares the table of jobs.</summary>
internal static class JobTables
{
    public static IReadOnlyList<Table> Declared { get; } =
    [
        new()
        {
            Name = "jobs",
            Description = "The installation's periodic jobs: when each is due, and which node has it.",
            Owner = TableOwner.Installation,
            Policy = TablePolicy.Installation,
            Grants = Grants.Nothing,
            Erase = EraseStage.None,
            Key = ["name"],
            NewestBy = "due_at",
            Columns =
            [
                Column.Plain("name", "Which job, as a code."),
                Column.Plain("schedule", "How often it is due, in words."),
                Column.Plain("due_at", "When it is due next."),
                Column.Plain("token", "Counts the claims; a node that holds an older one writes nothing."),
                Column.Plain("node", "Which node has it, or had it last: the machine's name and the process."),
                Column.Plain("lease_until", "When another node may take it; null if none has it."),
                Column.Plain("attempts", "How often it was begun since it last succeeded."),
                Column.Plain("started_at", "When it was last begun."),
                Column.Plain("ended_at", "When it last ended."),
                Column.Plain("outcome", "How it ended: done or failed."),
                Column.Plain("done", "How much was done."),
                Column.Plain("fault", "Why it failed, as a code."),
            ],
        },
    ];
}
