namespace Hatcheck.EndToEnd.Tests.Ids;

/// <summary>Two tables with everything on the id that must survive a move: NULLs, a unique constraint, indexes, a deferrable foreign key.</summary>
internal static class People
{
    public const string Table = "people";
    public const string Column = "telegram_user_id";
    public const int Count = 40;

    public static async Task<OwnersDatabase> CreateAsync(Hatcheck.TestKit.PostgresServer? server = null, int people = Count)
    {
        var database = await OwnersDatabase.CreateAsync(server);
        await database.ExecuteAsync($"""
            create table people (id bigserial primary key, telegram_user_id bigint unique, name text not null);
            create index people_by_name on people (name, telegram_user_id desc);
            create table visits (id bigserial primary key, person bigint not null, note text not null,
                constraint visits_person_fk foreign key (person) references people (telegram_user_id)
                    on update cascade on delete cascade deferrable initially deferred,
                constraint visits_once unique (person, note));
            create index visits_by_person on visits (person);
            insert into people (telegram_user_id, name) select case when i % 10 <> 0 then 700000000 + i * 37 end, 'person ' || i from generate_series(1, {people}) i;
            insert into visits (person, note) select telegram_user_id, n from people, unnest(array['first', 'second']) n where telegram_user_id is not null order by 1, 2;
            """);
        return database;
    }

    public static IdsProcess Ids(this OwnersDatabase database, string verb, params string[] arguments) =>
        database.Ids(verb, Table, Column, arguments);

    /// <summary>The database after an undisturbed move.</summary>
    public static async Task<string> MovedAsync()
    {
        await using var database = await CreateAsync();
        await using var tool = database.Ids("migrate", "--yes", "--batch", "7");
        await tool.SucceedAsync();
        return await database.SnapshotAsync();
    }
}
