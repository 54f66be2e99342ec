using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Keys;
using Hatcheck.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Ids.Tests;

/// <summary><c>--register</c>: the table keeps users' tickets, and Hatcheck their ids.</summary>
public sealed class TicketTests : OwnersDatabase
{
    private readonly OnSqlite hatcheck = new();

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await hatcheck.InitializeAsync();
        await SqlAsync(
            """
            create table people (id int primary key, telegram_id bigint not null unique);
            create table orders (id int primary key, who bigint references people (telegram_id));
            insert into people select n, 5000 + n from generate_series(1, 60) n;
            insert into orders select n, 5000 + n from generate_series(1, 60) n;
            """
        );
    }

    public override async ValueTask DisposeAsync()
    {
        await hatcheck.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Each_person_is_registered_once_and_the_table_keeps_the_ticket()
    {
        var tenant = await hatcheck.Node.NewTenantAsync();
        (await RegisterAsync(tenant, "expand")).Succeeded();
        (await RegisterAsync(tenant, "fill", "--batch", "16")).Succeeded();
        (await RegisterAsync(tenant, "fill")).Succeeded();
        (await RegisterAsync(tenant, "verify")).Succeeded();
        var ticket = (await RowsAsync("select hatcheck_user_id from people where id = 7"))[0];
        using var client = Client(tenant);
        (await client.ResolveTelegramAsync(5007)).ShouldBe(new Contracts.ResolvedUser(Guid.Parse(ticket), Created: false));

        (await RegisterAsync(tenant, "contract", "--yes")).Succeeded();
        (
            await CountAsync("select count(distinct p.hatcheck_user_id) from people p join orders o using (hatcheck_user_id)")
        ).ShouldBe(60);
        var shape = await SnapshotAsync();
        shape.ShouldContain("hatcheck_user_id uuid null=f");
        shape.ShouldContain("FOREIGN KEY (hatcheck_user_id) REFERENCES people(hatcheck_user_id) valid=t");
        (await IdsAsync("status", "people", "telegram_id")).Succeeded().ShouldContain("contracted");

        // Another tenant has none of them.
        using var other = Client(await hatcheck.Node.NewTenantAsync());
        (await other.ResolveTelegramAsync(5007)).Created.ShouldBeTrue();
    }

    [Fact]
    public async Task Looking_brings_nobody_back_who_was_erased_meanwhile()
    {
        var tenant = await hatcheck.Node.NewTenantAsync();
        (await RegisterAsync(tenant, "expand")).Succeeded();
        (await RegisterAsync(tenant, "fill")).Succeeded();
        using var client = Client(tenant);
        var person = await client.ResolveTelegramAsync(5007);
        (await tenant.Http.DeleteAsync($"/users/{person.Id}?confirm=true")).EnsureSuccessStatusCode();
        (await RegisterAsync(tenant, "verify")).ExitCode.ShouldBe(1);
        (await client.FindTelegramAsync(5007)).ShouldBeNull();
    }

    [Fact]
    public async Task Another_tenant_the_second_time_and_a_change_of_mind_are_refused()
    {
        var tenant = await hatcheck.Node.NewTenantAsync();
        (await RegisterAsync(tenant, "expand")).Succeeded();
        (await RegisterAsync(await hatcheck.Node.NewTenantAsync(), "fill")).ExitCode.ShouldBe(3);
        var hashing = await IdsAsync("fill", "people", "telegram_id");
        hashing.ExitCode.ShouldBe(3);
        hashing.Error.ShouldContain("go on with it");
        (await RegisterAsync(tenant, "fill", "--keep-hashed")).ExitCode.ShouldBe(2);
    }

    [Fact]
    public async Task A_group_is_nobody_to_register()
    {
        await SqlAsync("insert into people values (100, -1001234567890)");
        var answer = await RegisterAsync(await hatcheck.Node.NewTenantAsync(), "plan");
        answer.ExitCode.ShouldBe(1);
        answer.Output.ShouldContain("1 × a group's id");
    }

    [Fact]
    public async Task Two_ids_of_one_person_in_a_unique_column_are_reported_and_nothing_is_dropped()
    {
        var tenant = await hatcheck.Node.NewTenantAsync();
        using var client = Client(tenant);
        var person = await client.ResolveTelegramAsync(5001);
        await client.LinkTelegramAsync(person.Id, 5002);
        (await RegisterAsync(tenant, "expand")).Succeeded();
        (await RegisterAsync(tenant, "fill")).Succeeded();
        var verify = await RegisterAsync(tenant, "verify");
        verify.ExitCode.ShouldBe(1);
        verify.Output.ShouldContain("1 replacements stand for several ids each (people merged in Hatcheck)");
        (await RegisterAsync(tenant, "contract", "--yes")).ExitCode.ShouldBe(1);
        (await CountAsync("select count(*) from people where telegram_id > 0")).ShouldBe(60);
    }

    [Fact]
    public async Task A_blind_only_tenants_people_are_registered_by_hash_and_never_without_its_key()
    {
        var tenant = await hatcheck.Node.NewTenantAsync(blindOnly: true);
        var without = await RegisterAsync(tenant, "plan");
        without.ExitCode.ShouldBe(3);
        without.Error.ShouldContain("blind-only");
        using (
            var line = await hatcheck
                .Node.Services.GetRequiredService<IndexKeyExport>()
                .ExportAsync(tenant.Id, Actor.Operator(1000), again: true, CancellationToken.None)
        )
            PrivateText(File("index.key"), line.Reveal());
        (await RegisterAsync(tenant, "migrate", "--yes", "--key-file", KeyFile)).ExitCode.ShouldBe(3);
        (await RegisterAsync(tenant, "migrate", "--yes", "--key-file", File("index.key"))).Succeeded();
        (await CountAsync("select count(distinct hatcheck_user_id) from people")).ShouldBe(60);
    }

    private Task<CommandResult> RegisterAsync(TestTenant tenant, string verb, params string[] further)
    {
        PrivateText(File("api.key"), tenant.Key);
        return IdsAsync(
            verb,
            "people",
            "telegram_id",
            ["--register", "--hatcheck", $"{hatcheck.Node.Address}", "--api-key-file", File("api.key"), .. further]
        );
    }

    private Client.HatcheckClient Client(TestTenant tenant) =>
        new(new Client.HatcheckClientOptions { Url = hatcheck.Node.Address, ApiKey = new Crypto.SecretText(tenant.Key) });
}
