using System.Globalization;

namespace Hatcheck.EndToEnd.Tests.Ids;

/// <summary>
/// Follows the guide for a Django bot's owner, from the guide alone, while users write.
/// </summary>
public sealed class GuideTests
{
    private const long First = 7_000_000_001;

    [Fact]
    public async Task A_bots_owner_who_follows_the_guide_with_a_brief_stop_ends_with_hashes()
    {
        await using var project = await DjangoProject.CreateAsync();
        using var guide = await Guide.OpenAsync(project);
        var bot = new Bot(project.Database);
        await bot.MeetAsync(people: 30);
        await guide.FollowAsync("1. Before you begin");
        await guide.FollowAsync("2. Prepare the code");
        await guide.FollowAsync(
            "3. Roll out, with a brief stop",
            async block =>
            {
                // The bot runs until the stop: a user arrives before it whom no fill has seen.
                if (
                    !block.Contains("contract --yes", StringComparison.Ordinal)
                    && !block.Contains("manage.py migrate", StringComparison.Ordinal)
                )
                    await bot.MeetAsync(people: 5);
            }
        );
        await guide.FollowAsync("6. Where plaintext still lives");
        await guide.FollowAsync("7. Security verification checklist");
        await bot.ShouldBeHashedAsync("telegram_user_id", Key(project));
        await ShouldWorkAsync(project, Key(project));
        guide.Printed.ShouldNotContain(First.ToString(CultureInfo.InvariantCulture));
        guide.Printed.ShouldNotContain(Key(project));
    }

    [Fact]
    public async Task A_bots_owner_who_follows_the_guide_without_any_stop_ends_with_hashes()
    {
        await using var project = await DjangoProject.CreateAsync();
        using var guide = await Guide.OpenAsync(project);
        var bot = new Bot(project.Database);
        await bot.MeetAsync(people: 30);
        await guide.FollowAsync("1. Before you begin");
        await guide.FollowAsync("2. Prepare the code");
        var migrations = 0;
        await guide.FollowAsync(
            "3b. Roll out without any stop",
            async block =>
            {
                if (block.Contains("manage.py migrate", StringComparison.Ordinal))
                    bot.Release(++migrations == 1 ? 'A' : 'B', Key(project));
                await bot.MeetAsync(people: 5);
            }
        );
        await bot.ShouldBeHashedAsync("telegram_user_id_hash", Key(project));
        await ShouldWorkAsync(project, Key(project));
    }

    [Fact]
    public async Task After_a_roll_back_the_old_release_works_on_as_if_nothing_had_been()
    {
        await using var project = await DjangoProject.CreateAsync();
        await new Bot(project.Database).MeetAsync(people: 10);
        var before = await project.Database.SnapshotAsync();
        foreach (var verb in new[] { "expand", "fill", "verify", "rollback" })
        {
            await using var tool = project.Database.Ids(
                verb,
                "users_aliceuser",
                "telegram_user_id",
                verb == "rollback" ? ["--yes"] : []
            );
            await tool.SucceedAsync();
        }

        (await project.Database.SnapshotAsync()).ShouldBe(before);
        (
            await project.PythonAsync(
                $"from users.models import *; print(Reminder.objects.get(user__telegram_user_id={First}).text)"
            )
        ).ShouldBe("water the plants");
    }

    private static string Key(DjangoProject project) => File.ReadAllText(Path.Combine(project.Folder, "telegram-id.key")).Trim();

    /// <summary>The ORM on the moved tables: by hash, through the foreign key, a new user, a duplicate refused.</summary>
    private static async Task ShouldWorkAsync(DjangoProject project, string key) =>
        (
            await project.PythonAsync(
                $"""
                import os
                os.environ["TELEGRAM_ID_HMAC_KEY"] = "{key}"
                from django.db import IntegrityError, transaction
                from users.hashed import hash_telegram_id as hashed
                from users.models import *
                known = AliceUser.objects.get(telegram_user_id=hashed({First}))
                said = [known.first_name, known.reminder_set.get().text,
                        MessageLog.objects.filter(telegram_user_id=known.telegram_user_id).count()]
                Reminder.objects.create(user=known, text="again")
                said.append(Reminder.objects.filter(user__telegram_user_id=hashed({First})).count())
                for values in (dict(telegram_user_id=hashed({First})), dict(telegram_user_id="{First}")):
                    try:
                        with transaction.atomic():
                            AliceUser.objects.create(**values)
                        said.append("stored")
                    except IntegrityError:
                        said.append("refused")
                said.append(AliceUser.objects.get_or_create(telegram_user_id=hashed(5))[1])
                said.append(AliceUser.objects.get(telegram_user_id=hashed(5)).delete()[0])
                print(*said)
                """
            )
        ).ShouldBe("person-1 water the plants 1 2 refused refused True 1");

    /// <summary>
    /// The owner's bot in its old release and in the guide's two new ones, with the statements that Django sends.
    /// </summary>
    private sealed class Bot(OwnersDatabase database)
    {
        private readonly List<long> met = [];
        private string? key;
        private char release = ' ';

        public void Release(char next, string withKey) => (release, key) = (next, withKey);

        public async Task MeetAsync(int people)
        {
            for (var i = 0; i < people; i++)
            {
                var id = First + met.Count;
                var (columns, values) = release switch
                {
                    'A' => ("telegram_user_id, telegram_user_id_hash", $"{id}, '{Hash(id)}'"),
                    'B' => ("telegram_user_id_hash", $"'{Hash(id)}'"),
                    _ => ("telegram_user_id", $"{id}"),
                };
                await database.ExecuteAsync(
                    $"""
                    begin;
                    insert into users_aliceuser ({columns}, first_name, joined_at) values ({values}, 'person-{met.Count
                        + 1}', now());
                    insert into users_reminder ({columns}, text) values ({values}, 'water the plants');
                    insert into users_messagelog ({columns}, text, sent_at) values ({values}, 'hello', now());
                    commit
                    """
                );
                met.Add(id);
            }
        }

        public async Task ShouldBeHashedAsync(string column, string withKey)
        {
            key = withKey;
            var wanted = met.Select(Hash).Order(StringComparer.Ordinal).ToList();
            foreach (var table in new[] { "users_aliceuser", "users_reminder", "users_messagelog" })
            {
                var rows = await database.ColumnAsync($"select {column} from {table}");
                rows.Order(StringComparer.Ordinal).ToList().ShouldBe(wanted, customMessage: table);
                (
                    await database.ColumnAsync(
                        $"select attname from pg_attribute where attrelid = '{table}'::regclass and attname like 'telegram%' "
                            + "and not attisdropped"
                    )
                ).ShouldBe([column]);
            }

            (await database.ScalarAsync("select count(*) from pg_namespace where nspname = 'hatcheck_ids'")).ShouldBe("0");
        }

        private string Hash(long id) => OwnersDatabase.HashOf($"{id}", key!);
    }
}
