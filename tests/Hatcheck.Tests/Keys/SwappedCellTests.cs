using System.Net;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.Storage;

namespace Hatcheck.Tests.Keys;

public sealed class SwappedCellsOnSqlite(OnSqlite database) : SwappedCellTests(database), IClassFixture<OnSqlite>;

public sealed class SwappedCellsOnPostgres(OnPostgres database) : SwappedCellTests(database), IClassFixture<OnPostgres>;

/// <summary>Write access to the database can't present one user's data as another's, nor alter it unnoticed.</summary>
public abstract class SwappedCellTests(TestedDatabase database)
{
    /// <summary>A sealed value and where it is.</summary>
    private sealed record Place(Person Owner, string Name, string Table, string Column, string Where);

    private sealed record Person(TestTenant Tenant, Guid Id, string Canary);

    [Fact]
    public async Task Any_two_cells_swapped_between_rows_columns_users_or_tenants_make_every_read_of_them_fail()
    {
        var places = await PlacesAsync(await PeopleAsync(), keys: false);
        places.Count.ShouldBe(14);
        for (var i = 0; i < places.Count; i++)
        {
            for (var j = i + 1; j < places.Count; j++)
            {
                await SwapAsync(places[i], places[j]);
                foreach (var place in new[] { places[i], places[j] })
                    await FailsAsync(place, $"{places[i].Name} <-> {places[j].Name}");
                await SwapAsync(places[i], places[j]);
            }
        }

        foreach (var owner in places.Select(place => place.Owner).Distinct())
            await ReadsAsync(owner);
    }

    [Fact]
    public async Task Wrapped_keys_swapped_between_persons_or_tenants_open_nothing()
    {
        var people = await PeopleAsync();
        var keys = await PlacesAsync(people, keys: true);
        keys.Count.ShouldBe(3);
        foreach (var (one, other) in new[] { (0, 1), (0, 2), (1, 2) })
        {
            await SwapAsync(keys[one], keys[other]);
            foreach (var key in new[] { keys[one], keys[other] })
            {
                await FailsAsync(key, "swapped keys");
                await UsageFailsAsync(key.Owner, "swapped keys");
                // Writes under a key that can't be opened fail too.
                await key
                    .Owner.Tenant.Http.PostJsonAsync($"/users/{key.Owner.Id}/usage", """{"action":"a"}""")
                    .ShouldFailAsync(500, ProblemCodes.Internal);
            }

            await SwapAsync(keys[one], keys[other]);
        }

        // The key together with all the cells: one user's data under another's id.
        await SwapAsync(keys[0], keys[1]);
        var cells = await PlacesAsync(people, keys: false);
        var (mine, theirs) = (cells.FindAll(cell => cell.Owner == people[0]), cells.FindAll(cell => cell.Owner == people[1]));
        foreach (var (one, other) in mine.Zip(theirs))
            await SwapAsync(one, other);
        foreach (var cell in mine.Concat(theirs))
            await FailsAsync(cell, "swapped keys and cells");
    }

    [Fact]
    public async Task A_flipped_byte_anywhere_in_a_cell_or_key_is_an_error_and_never_other_data()
    {
        var people = await PeopleAsync();
        foreach (
            var place in (await PlacesAsync(people, keys: false))
                .Concat(await PlacesAsync(people, keys: true))
                .Where(place => place.Owner == people[0])
        )
        {
            var whole = await ReadAsync(place);
            // One byte of each field: version, suite, key version, salt, commitment, ciphertext, tag.
            foreach (var at in new[] { 0, 1, 5, 12, 30, whole.Length - 18, whole.Length - 1 })
            {
                var bytes = whole.ToArray();
                bytes[at] ^= 1;
                await WriteAsync(place, bytes);
                await FailsAsync(place, $"byte {at} of {place.Name}");
            }

            foreach (var bytes in new[] { [], whole[..^1], [.. whole, 0] })
            {
                await WriteAsync(place, bytes);
                await FailsAsync(place, $"{bytes.Length} bytes of {place.Name}");
            }

            await WriteAsync(place, whole);
        }

        await ReadsAsync(people[0]);
    }

    [Theory]
    [InlineData("user_id")]
    [InlineData("sealed_under")]
    [InlineData("user_id = {0}, sealed_under")]
    public async Task An_identity_re_pointed_by_SQL_is_not_exported_as_somebody_elses(string column)
    {
        var people = await PeopleAsync();
        var (mine, theirs) = (people[0], people[1]);
        var set = string.Format(column, RawSql.Literal(mine.Id));
        await database.ExecuteAsync(
            $"update identities set {set} = {RawSql.Literal(mine.Id)} where user_id = {RawSql.Literal(theirs.Id)}"
        );
        var victim = column == "sealed_under" ? theirs : mine;
        var problem = await victim.Tenant.Http.GetAsync($"/users/{victim.Id}/export").ShouldFailAsync(500, ProblemCodes.Internal);
        problem.Detail!.ShouldNotContain("canary");
    }

    private async Task<List<Person>> PeopleAsync()
    {
        var one = await database.Node.NewTenantAsync();
        var other = await database.Node.NewTenantAsync();
        var people = new List<Person>();
        foreach (var (tenant, id) in new[] { (one, "4711"), (one, "4712"), (other, "4711") })
        {
            var person = new Person(tenant, (await tenant.Http.ResolveAsync(id)).Id, $"canary.{people.Count}");
            await tenant
                .Http.PostJsonAsync(
                    $"/users/{person.Id}/identities",
                    $$"""{"channel":"whatsapp","id":"+4917012345{{people.Count}}"}"""
                )
                .ReadAsync<IdentityResponse>(HttpStatusCode.Created);
            await tenant
                .Http.PatchAsync(
                    $"/users/{person.Id}",
                    new StringContent($$"""{"display_name":"{{person.Canary}}"}""", System.Text.Encoding.UTF8, "application/json")
                )
                .ReadAsync<UserResponse>();
            for (var i = 0; i < (people.Count == 0 ? 2 : 1) + 1; i++)
                await tenant
                    .Http.PostJsonAsync($"/users/{person.Id}/usage", $$"""{"action":"{{person.Canary}}.{{i}}"}""")
                    .ReadAsync<UsageEntry>(HttpStatusCode.Created);
            people.Add(person);
            await ReadsAsync(person);
        }

        return people;
    }

    private async Task<List<Place>> PlacesAsync(List<Person> people, bool keys)
    {
        var places = new List<Place>();
        await using var connection = await database.OpenAsync();
        foreach (var person in people)
        {
            var user = RawSql.Literal(person.Id);
            if (keys)
            {
                places.Add(new Place(person, "key", "user_keys", "wrapped", $"user_id = {user} and purpose = 'data'"));
                continue;
            }

            // Two users have two cells of each column, one has three usage entries; two of those are enough.
            foreach (
                var id in await connection.RowsAsync(
                    $"select identity_id from identities where user_id = {user} order by channel"
                )
            )
                places.Add(new Place(person, $"identity of {person.Canary}", "identities", "sealed_id", $"identity_id = '{id}'"));
            places.Add(new Place(person, $"profile of {person.Canary}", "profiles", "profile", $"user_id = {user}"));
            foreach (
                var id in await connection.RowsAsync(
                    $"select entry_id from usage_log where user_id = {user} order by at "
                        + $"limit {(person == people[0] ? 2 : person == people[1] ? 2 : 1)}"
                )
            )
                places.Add(new Place(person, $"usage of {person.Canary}", "usage_log", "entry", $"entry_id = '{id}'"));
        }

        return places;
    }

    private static async Task ReadsAsync(Person person)
    {
        var export = await person.Tenant.Http.GetAsync($"/users/{person.Id}/export").ReadAsync<UserExport>();
        export.Sections["usage"].ShouldAllBe(entry => entry.GetProperty("action").GetString()!.StartsWith(person.Canary));
        export.Sections["identities"].Count.ShouldBe(2);
        export.Sections["profiles"].Single().GetProperty("display_name").GetString().ShouldBe(person.Canary);
        (await person.Tenant.Http.GetAsync($"/users/{person.Id}").ReadAsync<UserResponse>()).DisplayName.ShouldBe(person.Canary);
    }

    private static async Task FailsAsync(Place place, string how)
    {
        var sent = await place.Owner.Tenant.Http.GetAsync($"/users/{place.Owner.Id}/export");
        (await sent.Content.ReadAsStringAsync()).ShouldNotContain("canary", Case.Sensitive, how);
        await Task.FromResult(sent).ShouldFailAsync(500, ProblemCodes.Internal);
        if (place.Table == "usage_log")
            await UsageFailsAsync(place.Owner, how);
        if (place.Table != "profiles")
            return;
        using var read = await place.Owner.Tenant.Http.GetAsync($"/users/{place.Owner.Id}");
        ((int)read.StatusCode, (await read.Content.ReadAsStringAsync()).Contains("canary", StringComparison.Ordinal)).ShouldBe(
            (500, false),
            how
        );
    }

    private static async Task UsageFailsAsync(Person person, string how)
    {
        var sent = await person.Tenant.Http.GetAsync($"/users/{person.Id}/usage");
        (await sent.Content.ReadAsStringAsync()).ShouldNotContain("canary", Case.Sensitive, how);
        await Task.FromResult(sent).ShouldFailAsync(500, ProblemCodes.Internal);
    }

    private async Task SwapAsync(Place one, Place other)
    {
        var (mine, theirs) = (await ReadAsync(one), await ReadAsync(other));
        mine.ShouldNotBe(theirs);
        await WriteAsync(one, theirs);
        await WriteAsync(other, mine);
    }

    private async Task<byte[]> ReadAsync(Place place) =>
        (byte[])(await database.ScalarAsync($"select {place.Column} from {place.Table} where {place.Where}"))!;

    private async Task WriteAsync(Place place, byte[] bytes) =>
        (await database.ExecuteAsync($"update {place.Table} set {place.Column} = $1 where {place.Where}", bytes)).ShouldBe(1);
}
