namespace Hatcheck.EndToEnd.Tests.Ids;

/// <summary>Moves tables of Django's own migrations, which Django then uses and migrates further.</summary>
public sealed class DjangoTableTests
{
    private const string People = """
        from users.models import *
        for i in range(1, 26):
            person = AliceUser.objects.create(telegram_user_id=7_000_000_000 + i, first_name=f"person {i}")
            Reminder.objects.create(user=person, text="water the plants")
            MessageLog.objects.create(telegram_user_id=person.telegram_user_id if i % 5 else None, text="hello")
        """;

    private const string Texts = """
        from texts.models import *
        for i in range(1, 26):
            person = TextUser.objects.create(telegram_user_id=str(7_000_000_000 + i), active=i % 2 == 0)
            TextNote.objects.create(user=person, text="a note")
            for open in (True, False, False):
                TextVisit.objects.create(telegram_user_id=person.telegram_user_id, open=open)
        """;

    [Fact]
    public async Task Number_columns_become_hashes_on_which_the_new_models_work()
    {
        await using var project = await DjangoProject.CreateAsync();
        await project.PythonAsync(People);
        await MigrateAsync(project, "users_aliceuser");
        await MigrateAsync(project, "users_messagelog");

        // S1 asks for `CharField(max_length=64, db_index=True)`; Django requires a referenced field to be unique as well.
        project.Replace(
            "users/models.py",
            "models.BigIntegerField(unique=True)",
            "models.CharField(max_length=64, db_index=True, unique=True)"
        );
        project.Replace(
            "users/models.py",
            "models.PositiveBigIntegerField(null=True, db_index=True)",
            "models.CharField(max_length=64, null=True, db_index=True)"
        );
        StateOnly(
            project,
            "users",
            """
            migrations.AlterField("aliceuser", "telegram_user_id", models.CharField(max_length=64, db_index=True, unique=True)),
            migrations.AlterField("messagelog", "telegram_user_id", models.CharField(max_length=64, null=True, db_index=True)),
            """
        );
        await ShouldBeInStepAsync(project);

        var known = OwnersDatabase.HashOf("7000000001");
        (
            await project.PythonAsync(
                $"""
                from django.db import IntegrityError, transaction
                from users.models import *
                known = AliceUser.objects.get(telegram_user_id="{known}")
                said = [known.first_name, known.reminder_set.count(),
                        MessageLog.objects.filter(telegram_user_id__isnull=True).count()]
                new = AliceUser.objects.create(telegram_user_id="{OwnersDatabase.HashOf("1")}")
                Reminder.objects.create(user=new, text="hello")
                said.append(Reminder.objects.filter(user__telegram_user_id__startswith=new.telegram_user_id[:10]).count())
                for bad in ("7000000099", 7000000099, "{known}", "{known.ToUpperInvariant()}", ""):
                    try:
                        with transaction.atomic():
                            AliceUser.objects.create(telegram_user_id=bad)
                        said.append("stored")
                    except IntegrityError:
                        said.append("refused")
                try:
                    with transaction.atomic():
                        MessageLog.objects.create(telegram_user_id="7000000001", text="plain")
                    said.append("stored")
                except IntegrityError:
                    said.append("refused")
                said.append(AliceUser.objects.filter(telegram_user_id=new.telegram_user_id).delete()[0])
                print(*said)
                """
            )
        ).ShouldBe("person 1 1 5 1 refused refused refused refused refused refused 2");
    }

    [Fact]
    public async Task Text_columns_with_Djangos_second_index_and_an_index_of_some_rows_keep_both()
    {
        await using var project = await DjangoProject.CreateAsync();
        await project.PythonAsync(Texts);
        var before = await IndexesAsync(project, "texts_%");
        await MigrateAsync(project, "texts_textuser");
        await MigrateAsync(project, "texts_textvisit");
        (await IndexesAsync(project, "texts_%")).ShouldBe(before);

        project.Replace(
            "texts/models.py",
            "models.CharField(max_length=32, unique=True)",
            "models.CharField(max_length=64, unique=True)"
        );
        project.Replace(
            "texts/models.py",
            "models.CharField(max_length=32, db_index=True, blank=True)",
            "models.CharField(max_length=64, db_index=True)"
        );
        StateOnly(
            project,
            "texts",
            """
            migrations.AlterField("textuser", "telegram_user_id", models.CharField(max_length=64, unique=True)),
            migrations.AlterField("textvisit", "telegram_user_id", models.CharField(max_length=64, db_index=True)),
            """
        );
        await ShouldBeInStepAsync(project);
        (
            await project.PythonAsync(
                $"""
                from django.db import IntegrityError, transaction
                from texts.models import *
                known = TextUser.objects.get(telegram_user_id="{OwnersDatabase.HashOf("7000000002")}")
                said = [known.active, known.notes.count(),
                        TextVisit.objects.filter(telegram_user_id=known.telegram_user_id).count()]
                try:
                    with transaction.atomic():
                        TextVisit.objects.create(telegram_user_id=known.telegram_user_id, open=True)
                    said.append("stored")
                except IntegrityError:
                    said.append("refused")
                print(*said)
                """
            )
        ).ShouldBe("True 1 3 refused");
    }

    [Fact]
    public async Task Djangos_later_migrations_find_the_indexes_and_constraints_that_they_look_for()
    {
        await using var project = await DjangoProject.CreateAsync();
        await project.PythonAsync(People);
        await MigrateAsync(project, "users_aliceuser");
        await MigrateAsync(project, "users_messagelog");
        StateOnly(
            project,
            "users",
            """
            migrations.AlterField("aliceuser", "telegram_user_id", models.CharField(max_length=64, unique=True)),
            migrations.AlterField("messagelog", "telegram_user_id", models.CharField(max_length=64, null=True, db_index=True)),
            """
        );
        // Drops and recreates every constraint and index, one step each; Django finds most of them by name.
        project.Write(
            "users/migrations/0003_later.py",
            Migration(
                "users",
                "0002_moved",
                """
                migrations.AlterField("messagelog", "telegram_user_id", models.CharField(max_length=64, null=True)),
                migrations.AlterField(
                    "messagelog", "telegram_user_id", models.CharField(max_length=64, null=True, db_index=True)),
                migrations.RemoveIndex("messagelog", "log_by_person"),
                migrations.RemoveConstraint("reminder", "one_reminder_a_text"),
                migrations.RenameField("messagelog", "telegram_user_id", "person"),
                migrations.AddIndex("messagelog", models.Index(fields=["person", "-sent_at"], name="log_by_person")),
                migrations.AlterField("aliceuser", "telegram_user_id", models.CharField(max_length=80, unique=True)),
                migrations.RemoveField("reminder", "user"),
                migrations.AlterField("aliceuser", "telegram_user_id", models.CharField(max_length=80)),
                migrations.AlterField(
                    "aliceuser", "telegram_user_id", models.CharField(max_length=80, unique=True, db_index=True)),
                migrations.RemoveField("aliceuser", "telegram_user_id"),
                migrations.RemoveField("messagelog", "person"),
                """
            )
        );
        (await project.ManageAsync("migrate", "users")).Succeeded();
        // No object on the ids is left under an unknown name.
        (
            await project.Database.ColumnAsync(
                """
                select conname::text from pg_constraint where conrelid::regclass::text like 'users_%' and contype <> 'p'
                union all select indexrelid::regclass::text from pg_index
                    where indrelid::regclass::text like 'users_%' and not indisprimary
                """
            )
        ).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_blank_text_id_stops_the_move_with_its_row_named_and_its_value_not()
    {
        await using var project = await DjangoProject.CreateAsync();
        await project.PythonAsync(Texts);
        await project.PythonAsync(
            "from texts.models import *; TextVisit.objects.create(telegram_user_id='not-an-id-4711'); "
                + "TextVisit.objects.create(telegram_user_id='')"
        );
        var before = await project.Database.SnapshotAsync();
        var rejects = Path.Combine(project.Folder, "rejects.csv");
        await using (
            var dry = project.Database.Ids("migrate", "texts_textvisit", "telegram_user_id", "--dry-run", "--rejects", rejects)
        )
            await dry.ShouldEndAsync(1);
        (await project.Database.SnapshotAsync()).ShouldBe(before, "a dry run changes nothing");
        await using (
            var move = project.Database.Ids("migrate", "texts_textvisit", "telegram_user_id", "--yes", "--rejects", rejects)
        )
        {
            await move.ShouldEndAsync(1);
            move.Printed.ShouldNotContain("not-an-id-4711");
        }

        var listed = File.ReadAllText(rejects);
        listed.ShouldContain("76");
        listed.ShouldContain("77");
        listed.ShouldNotContain("not-an-id-4711");
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(rejects).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (
            await project.Database.ScalarAsync("select count(*) from texts_textvisit where telegram_user_id = 'not-an-id-4711'")
        ).ShouldBe("1", "no plaintext is dropped while a row has no hash");
    }

    private static async Task MigrateAsync(DjangoProject project, string table)
    {
        await using var tool = project.Database.Ids("migrate", table, "telegram_user_id", "--yes");
        await tool.SucceedAsync();
    }

    private static void StateOnly(DjangoProject project, string app, string operations) =>
        project.Write(
            $"{app}/migrations/0002_moved.py",
            Migration(app, "0001_initial", $"migrations.SeparateDatabaseAndState(state_operations=[{operations}])")
        );

    private static string Migration(string app, string after, string operations) =>
        $"""
            from django.db import migrations, models

            class Migration(migrations.Migration):
                dependencies = [("{app}", "{after}")]
                operations = [{operations}]
            """;

    private static async Task ShouldBeInStepAsync(DjangoProject project)
    {
        (await project.ManageAsync("migrate")).Succeeded();
        (await project.ManageAsync("makemigrations", "--check", "--dry-run")).Succeeded().ShouldContain("No changes detected");
    }

    private static async Task<string> IndexesAsync(DjangoProject project, string tables) =>
        string.Join(
            '\n',
            await project.Database.ColumnAsync(
                $"select indexdef from pg_indexes where schemaname = 'public' and tablename like '{tables}' order by 1"
            )
        );
}
