using System.Net;
using System.Text.Json;
using Hatcheck.Contracts;
using Hatcheck.People.Users;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Hatcheck.People.Tests.Privacy;

public sealed class PlantedTableOnSqlite(OnSqlite database) : PlantedTableTests(database), IClassFixture<OnSqlite>;

public sealed class PlantedTableOnPostgres(OnPostgres database) : PlantedTableTests(database), IClassFixture<OnPostgres>
{
    protected override string Create =>
        "create table shoe_sizes "
        + "(tenant_id uuid not null, user_id uuid not null, size integer not null, primary key (tenant_id, user_id)); "
        + "select hatcheck_protect('shoe_sizes', 'tenant'); grant select, insert, update, delete on shoe_sizes "
        + $"to {database.Settings["Database:AppRole"]}, {database.Settings["Database:MaintenanceRole"]}";
}

/// <summary>A declaration is enough: the table is counted for its user, erased with them, and shown by the demo.</summary>
public abstract class PlantedTableTests(TestedDatabase database)
{
    private static readonly Table shoes = new()
    {
        Name = "shoe_sizes",
        Description = "What a person wears.",
        Owner = TableOwner.Person,
        Policy = TablePolicy.Tenant,
        Grants = Grants.Nothing,
        Erase = EraseStage.Rows,
        Section = new("shoe_sizes", "What you wear, so that it fits.", Place: 15),
        Key = ["tenant_id", "user_id"],
        NewestBy = "size",
        Columns = [Column.Tenant, Column.Plain("user_id", "The person."), Column.Plain("size", "The size, European.")],
    };

    protected virtual string Create =>
        "create table shoe_sizes "
        + "(tenant_id text not null, user_id text not null, size integer not null, primary key (tenant_id, user_id)) strict";

    [Fact]
    public async Task A_declared_table_shows_up_in_summary_erasure_and_demo_whatever_the_order_of_registration()
    {
        await database.ExecuteAsync(Create);
        // The last stage is registered first, and the first one last.
        var (late, early) = (new Witness(EraseStage.Keys), new Witness(EraseStage.Remember));
        var inventory = new TableInventory([shoes, .. Composition.Tables.Reverse()]);
        var node = await database.StartNodeAsync(services =>
        {
            services.Replace(ServiceDescriptor.Singleton(inventory));
            var kinds = services.Where(service => service.ServiceType == typeof(IPersonalData)).Reverse().ToList();
            services.RemoveAll<IPersonalData>();
            services.AddSingleton<IPersonalData>(late);
            foreach (var kind in kinds)
                services.Add(kind);
            services.AddSingleton<IPersonalData>(early);
        });
        var tenant = await node.NewTenantAsync();
        var (mine, theirs) = ((await tenant.Http.ResolveAsync("4711")).Id, (await tenant.Http.ResolveAsync("4712")).Id);
        foreach (var user in new[] { mine, theirs })
        {
            await database.ExecuteAsync(
                $"insert into shoe_sizes select tenant_id, user_id, 43 from users where lower(cast(user_id as text)) = '{user:D}'"
            );
        }

        var summary = await tenant.Http.GetAsync($"/users/{mine}/summary").ReadAsync<UserSummary>();
        summary
            .Sections.Select(section => section.Name)
            .ShouldBe([
                "sessions",
                "shoe_sizes",
                "inbox_events",
                "identities",
                "usage",
                "preferences",
                "preference_changes",
                "profiles",
            ]);
        summary
            .Sections.Single(section => section.Name == "shoe_sizes")
            .ShouldBe(new SummarySection("shoe_sizes", "What you wear, so that it fits.", 1));

        var all = node.Services.GetRequiredService<Database>();
        var shown = await new Hatcheck.Demo.StoredRows(all, inventory).ReadAsync(default);
        var table = shown.Tables.Single(one => one.Name == "shoe_sizes");
        (table.Note, table.Total).ShouldBe(("What a person wears.", 2));
        table.Columns.ShouldBe(["user_id", "size"]);
        shown.Tables.Select(one => one.Name).ShouldBe(inventory.Select(one => one.Name));

        (await tenant.Http.DeleteAsync($"/users/{mine}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await database.CountOfAsync("shoe_sizes", mine), await database.CountOfAsync("shoe_sizes", theirs)).ShouldBe((0, 1));
        (await database.CountOfAsync("user_keys", mine), await database.CountOfAsync("user_keys", theirs)).ShouldBe((0, 1));
        (early.Seen, late.Seen).ShouldBe(((1, 1), (0, 1)));
    }

    [Fact]
    public void What_a_table_leaves_unsaid_stops_the_start_and_is_named()
    {
        Refusal(shoes with { Description = "" }).ShouldContain("shoe_sizes: has no description.");
        Refusal(shoes with { Columns = [.. shoes.Columns, Column.Plain("colour", "")] })
            .ShouldContain("shoe_sizes.colour: has no description.");
        Refusal(shoes with { Columns = [.. shoes.Columns.Skip(1)] })
            .ShouldContain("shoe_sizes.tenant_id: named but not declared.");
        Refusal(shoes with { Erase = EraseStage.None }).ShouldContain("a table of users' rows has a stage of erasure");
        Refusal(shoes with { Erase = EraseStage.Outlives }).ShouldContain("why its rows outlive");
        Refusal(shoes with { Policy = TablePolicy.Reference }).ShouldContain("the policy of a tenant");
        Refusal(shoes with { Section = shoes.Section! with { Place = 10 } }).ShouldContain("Two sections take the place 10.");
        Refusal(shoes with { Name = "users" }).ShouldContain("users: two tables have this name.");

        static string Refusal(Table table) =>
            Should.Throw<InvalidOperationException>(() => new TableInventory([.. Composition.Tables, table])).Message;
    }

    /// <summary>Records what is left of the user when its stage runs.</summary>
    private sealed class Witness(EraseStage stage) : IPersonalData
    {
        public (int Identities, int Keys) Seen { get; private set; }

        public string Name => $"seen at {stage}";

        public EraseStage Erase => stage;

        public Task<IReadOnlyList<JsonElement>> ExportAsync(
            HatcheckDb db,
            PersonScope person,
            PersonVault vault,
            CancellationToken cancellation
        ) => Task.FromResult<IReadOnlyList<JsonElement>>([]);

        public async Task EraseAsync(HatcheckDb db, PersonScope person, CancellationToken cancellation)
        {
            var users = person.Users;
            Seen = (
                await db.Set<Identity>().CountAsync(row => users.Contains(row.UserId), cancellation),
                await db.Set<UserKeyRow>().CountAsync(row => users.Contains(row.UserId), cancellation)
            );
        }
    }
}
