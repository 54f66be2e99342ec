using Npgsql;

namespace Hatcheck.EndToEnd.Tests.Ids;

/// <summary>
/// The owner's program during the move: several connections that add people, change, remove and delete their ids, and
/// record what the database acknowledged. Some write only the id, some also the hash (the release in between); all write
/// only the hash once the column holds hashes. The ledger then checks the table.
/// </summary>
internal sealed class Writers(OwnersDatabase database, int seed)
{
    private const int Count = 4;
    private readonly List<Writer> writers = [.. Enumerable.Range(0, Count).Select(number => new Writer(database, number, seed))];
    private volatile bool done;
    private volatile bool failed;

    public int Acknowledged => writers.Sum(writer => writer.Acknowledged);

    /// <summary>Changes acknowledged by writers after the move's end.</summary>
    public int AfterTheMove => writers.Sum(writer => writer.AfterTheMove);

    /// <summary>Writes until a while after <paramref name="moving"/> has ended.</summary>
    public async Task WriteDuringAsync(Func<Task> moving)
    {
        var tasks = writers.Select(writer => Task.Run(() => writer.WriteAsync(() => done, () => failed))).ToList();
        try
        {
            await moving();
        }
        catch
        {
            // The column will never hold hashes; only the failure matters.
            failed = true;
            throw;
        }
        finally
        {
            done = true;
            await Task.WhenAll(tasks);
        }
    }

    public async Task WaitForAsync(int more)
    {
        var goal = Acknowledged + more;
        while (Acknowledged < goal)
            await Task.Delay(2);
    }

    /// <summary>Every row is as its writer last recorded, and untouched rows are unchanged.</summary>
    public async Task JudgeAsync(IReadOnlyDictionary<long, long?> untouched)
    {
        var people = untouched.Concat(writers.SelectMany(writer => writer.People)).ToDictionary();
        (await database.ColumnAsync("select id || ' ' || coalesce(telegram_user_id, '-') from people order by id")).ShouldBe(
            people.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} {Hash(pair.Value)}")
        );
        var visits = writers.SelectMany(writer => writer.Visits).Where(visit => people.ContainsKey(visit.Value));
        (await database.ColumnAsync("select id || ' ' || person from visits where note like 'writer%' order by id")).ShouldBe(
            visits.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} {Hash(people[pair.Value])}")
        );
    }

    private static string Hash(long? id) => id is { } given ? OwnersDatabase.HashOf($"{given}") : "-";

    private sealed class Writer(OwnersDatabase database, int number, int seed)
    {
        private const int Afterwards = 25;
        private readonly Random random = new(seed + number);
        private Mode mode = number % 2 == 0 ? Mode.Id : Mode.Both;
        private NpgsqlConnection? connection;
        private long next;

        private enum Mode
        {
            Id,
            Both,
            Hash,
        }

        public Dictionary<long, long?> People { get; } = [];

        public Dictionary<long, long> Visits { get; } = [];

        public int Acknowledged { get; private set; }

        public int AfterTheMove { get; private set; }

        public async Task WriteAsync(Func<bool> done, Func<bool> failed)
        {
            while (!failed() && (!done() || AfterTheMove < Afterwards))
            {
                await ActAsync();
                Acknowledged++;
                if (mode == Mode.Hash)
                    AfterTheMove++;
                await Task.Delay(2);
            }

            await connection!.DisposeAsync();
        }

        private async Task ActAsync()
        {
            var token = $"writer {number}.{++next}";
            long id = 9_000_000_000 + (number * 100_000_000L) + next;
            var known = People.Keys.ToList();
            if (known.Count < 20 || random.Next(3) == 0)
            {
                People[await AddAsync(token, id)] = id;
                return;
            }

            var person = known[random.Next(known.Count)];
            switch (random.Next(4))
            {
                case 0:
                    await ApplyAsync(
                        token,
                        (id, person),
                        Sql("update people set {0}, name = $2 where id = $3 returning id"),
                        "select id from people where name = $2 and $3::bigint is not null"
                    );
                    People[person] = id;
                    break;
                case 1 when !Visits.ContainsValue(person):
                    await ApplyAsync(
                        token,
                        (null, person),
                        Sql("update people set {0}, name = $2 where id = $3 returning id"),
                        "select id from people where name = $2 and $3::bigint is not null"
                    );
                    People[person] = null;
                    break;
                case 2 when People[person] is { } who:
                    var visit = await ApplyAsync(
                        token,
                        (who, person),
                        VisitSql,
                        "select id from visits where note = $2 and $3::bigint is not null"
                    );
                    Visits[visit] = person;
                    break;
                default:
                    await ApplyAsync(
                        token,
                        (null, person),
                        _ => "delete from people where id = $3 and $2::text is not null returning id",
                        "select $3::bigint where not exists (select from people where id = $3) and $2::text is not null"
                    );
                    People.Remove(person);
                    foreach (var gone in Visits.Where(pair => pair.Value == person).ToList())
                        Visits.Remove(gone.Key);
                    break;
            }
        }

        private Task<long> AddAsync(string token, long id) =>
            ApplyAsync(
                token,
                (id, null),
                mode =>
                    mode switch
                    {
                        Mode.Both => "insert into people (telegram_user_id, telegram_user_id_hash, name) select $1, $4, $2 "
                            + "where $3::bigint is null returning id",
                        Mode.Id => "insert into people (telegram_user_id, name) select $1, $2 where $3::bigint is null "
                            + "and $4::text is not null returning id",
                        _ => "insert into people (telegram_user_id, name) select $4, $2 where $3::bigint is null "
                            + "and $1::bigint is not null returning id",
                    },
                "select id from people where name = $2 and $3::bigint is null"
            );

        private static Func<Mode, string> Sql(string statement) =>
            mode =>
                string.Format(
                    statement,
                    mode switch
                    {
                        Mode.Both => "telegram_user_id = $1::bigint, telegram_user_id_hash = $4::text",
                        Mode.Id => "telegram_user_id = $1::bigint",
                        _ => "telegram_user_id = $4::text",
                    }
                );

        private static string VisitSql(Mode mode) =>
            mode switch
            {
                Mode.Both => "insert into visits (person, person_hash, note) select $1::bigint, $4::text, $2 "
                    + "where $3::bigint is not null returning id",
                Mode.Id => "insert into visits (person, note) select $1::bigint, $2 where $3::bigint is not null returning id",
                _ => "insert into visits (person, note) select $4::text, $2 where $3::bigint is not null returning id",
            };

        /// <summary>
        /// Sends the statement until it is known to be done; if an answer was lost, asks <paramref name="outcome"/>.
        /// </summary>
        private async Task<long> ApplyAsync(
            string token,
            (long? Id, long? Row) values,
            Func<Mode, string> statement,
            string outcome
        )
        {
            var unsure = false;
            var later = 0;
            while (true)
            {
                try
                {
                    if (connection is null)
                        connection = await database.OpenAsync();
                    if (unsure && await SendAsync(outcome, token, values) is { } there)
                        return there;
                    unsure = false;
                    if (await SendAsync(statement(mode), token, values) is { } row)
                        return row;
                    throw new InvalidOperationException($"{token} met no row in mode {mode}.");
                }
                catch (PostgresException refused) when (refused.SqlState is "42703" or "42804" or "42883" or "23514" or "22P02")
                {
                    // The table has changed: the hash column is missing, or the column holds hashes.
                    later++.ShouldBeLessThan(1000, refused.MessageText);
                    mode = await MoveOnAsync();
                }
                catch (PostgresException again) when (again.SqlState is "40P01" or "40001" or "55P03" or "0A000")
                {
                    // Deadlock, lock time-out, or a cached plan whose result type has changed: nothing was done.
                }
                catch (NpgsqlException lost)
                    when (lost is not PostgresException { SqlState: not ("57P01" or "57P02" or "57P03") })
                {
                    unsure = true;
                    if (connection is not null)
                        await connection.DisposeAsync();
                    connection = null;
                    await Task.Delay(20);
                }
            }
        }

        private async Task<Mode> MoveOnAsync()
        {
            var columns = await database.ColumnAsync(
                "select attname || ' ' || format_type(atttypid, null) from pg_attribute where attrelid = 'people'::regclass "
                    + "and attnum > 0 and not attisdropped"
            );
            return columns.Contains("telegram_user_id character varying") ? Mode.Hash
                : columns.Contains("telegram_user_id_hash character varying") && number % 2 == 1 ? Mode.Both
                : Mode.Id;
        }

        private async Task<long?> SendAsync(string sql, string token, (long? Id, long? Row) values)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            command.Parameters.Add(
                new NpgsqlParameter { Value = (object?)values.Id ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint }
            );
            command.Parameters.Add(new NpgsqlParameter { Value = token, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
            command.Parameters.Add(
                new NpgsqlParameter
                {
                    Value = (object?)values.Row ?? DBNull.Value,
                    NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint,
                }
            );
            command.Parameters.Add(
                new NpgsqlParameter
                {
                    Value = values.Id is { } id ? OwnersDatabase.HashOf($"{id}") : DBNull.Value,
                    NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text,
                }
            );
            return (long?)await command.ExecuteScalarAsync();
        }
    }
}
