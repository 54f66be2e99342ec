using System.Net;
using System.Text.Json;
using Hatcheck.Crypto;
using Hatcheck.People.Users;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.Preferences;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Keys;

public sealed class PersonVaultOnSqlite(OnSqliteWithMoreKeys database)
    : PersonVaultTests(database),
        IClassFixture<OnSqliteWithMoreKeys>;

public sealed class PersonVaultOnPostgres(OnPostgresWithMoreKeys database)
    : PersonVaultTests(database),
        IClassFixture<OnPostgresWithMoreKeys>;

/// <summary>A user with several data keys, whose cells are sealed under each of them.</summary>
public abstract class PersonVaultTests(TestedDatabase database)
{
    private static readonly SealedColumn<string> Place = SealedColumn.Text("vault_test", "text");

    private PersonVaults Vaults => database.Node.Services.GetRequiredService<PersonVaults>();

    [Fact]
    public async Task A_users_cells_under_several_keys_are_read_and_exported_and_every_key_is_erased()
    {
        var (tenant, user) = await UsedAsync();
        (await VersionsAsync("identities", "sealed_id", user)).ShouldBe([1]);
        (await VersionsAsync("preference_history", "change", user)).ShouldBe([2, 3]);
        (await VersionsAsync("usage_log", "entry", user)).ShouldBe([4]);
        (await database.CountOfAsync("user_keys", user)).ShouldBe(8);

        (await tenant.Http.PreferencesAsync(user)).At("interface.density").ShouldBe("\"compact\"");
        var export = await tenant.Http.GetAsync($"/users/{user}/export").ReadAsync<JsonElement>();
        var text = export.GetRawText();
        foreach (var kept in new[] { "4711", "compact", "dark", "Ada", "played" })
            text.ShouldContain(kept);

        (await tenant.Http.DeleteAsync($"/users/{user}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await database.CountOfAsync("user_keys", user)).ShouldBe(0);
    }

    [Fact]
    public async Task It_opens_the_version_that_the_cell_names_and_seals_with_the_newest()
    {
        var (tenant, user) = await UsedAsync();
        var place = Place.At(KeyOwner.User(user));
        var keys = await KeysAsync(tenant.Id, user);
        keys.Count.ShouldBe(4);
        foreach (var version in new[] { 1, 2, 3, 4 })
        {
            using var old = Vaults.Open(tenant.Id, [keys.Single(key => key.Version == version)]);
            var cell = await old.SealAsync(place, $"under {version}", default);
            Cell.KeyVersion(cell).ShouldBe(version);
            using var all = Vaults.Open(tenant.Id, keys);
            (await all.OpenAsync(place, cell, default)).ShouldBe($"under {version}");
            Cell.KeyVersion(await all.SealAsync(place, "new", default)).ShouldBe(4);
            using var none = Vaults.Open(tenant.Id);
            (await none.OpenAsync(place, cell, default)).ShouldBe($"under {version}");
            Cell.KeyVersion(await none.SealAsync(place, "new", default)).ShouldBe(4);
        }
    }

    [Fact]
    public async Task It_asks_the_database_only_for_a_version_that_was_not_brought()
    {
        var (tenant, user) = await UsedAsync();
        var place = Place.At(KeyOwner.User(user));
        var keys = await KeysAsync(tenant.Id, user);
        using var vault = Vaults.Open(tenant.Id, keys);
        var cell = await vault.SealAsync(place, "kept", default);
        using var late = Vaults.Open(tenant.Id, [keys.Single(key => key.Version == 1)]);
        using var known = Vaults.Open(tenant.Id);
        known.MarkComplete(user);
        (await tenant.Http.DeleteAsync($"/users/{user}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        // The keys are gone from the database: a vault that was given one still opens, and one that was not has none.
        using var brought = Vaults.Open(tenant.Id, keys);
        (await brought.OpenAsync(place, cell, default)).ShouldBe("kept");
        await Should.ThrowAsync<CannotOpenException>(async () => await late.OpenAsync(place, cell, default));
        Cell.KeyVersion(await late.SealAsync(place, "still", default)).ShouldBe(1);
        await Should.ThrowAsync<CannotOpenException>(async () => await known.SealAsync(place, "nothing", default));
    }

    [Fact]
    public async Task Nothing_opens_but_the_cell_of_the_place_and_its_owner()
    {
        var (tenant, user) = await UsedAsync();
        var other = (await tenant.Http.ResolveAsync("4712")).Id;
        using var vault = Vaults.Open(tenant.Id);
        var place = Place.At(KeyOwner.User(user));
        var cell = await vault.SealAsync(place, "mine", default);
        CellPlace<string>[] wrong =
        [
            Place.At(KeyOwner.User(other)),
            Place.At(KeyOwner.User(user), other),
            Place.At(KeyOwner.AuditOf(user)),
            SealedColumn.Text("vault_test", "other").At(KeyOwner.User(user)),
        ];
        foreach (var elsewhere in wrong)
            await Should.ThrowAsync<CannotOpenException>(async () => await vault.OpenAsync(elsewhere, cell, default));
        var unknown = (byte[])cell.Clone();
        unknown[5] = 99;
        await Should.ThrowAsync<CannotOpenException>(async () => await vault.OpenAsync(place, unknown, default));
        using var strangers = Vaults.Open((await database.Node.NewTenantAsync()).Id);
        await Should.ThrowAsync<CannotOpenException>(async () => await strangers.OpenAsync(place, cell, default));
        (await vault.OpenAsync(place, cell, default)).ShouldBe("mine");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Even_the_same_key_opens_no_cell_for_another_owner_or_tenant(bool isOfAnotherTenant)
    {
        var (tenant, user) = await UsedAsync();
        var elsewhere = isOfAnotherTenant ? await database.Node.NewTenantAsync() : tenant;
        // In another tenant under the same id, so that only the tenant differs.
        var other = isOfAnotherTenant ? user : (await tenant.Http.ResolveAsync("4712")).Id;
        var kek = database.Node.Services.GetRequiredService<IKeyEncryptionKey>();
        var newest = (await KeysAsync(tenant.Id, user)).MaxBy(key => key.Version)!;
        WrapContext Of(Guid where, Guid whose) => new(where, whose, newest.Owner.Purpose, newest.Version);
        using var bytes = await kek.UnwrapAsync(newest.Bytes, Of(tenant.Id, user), default);
        var wrapped = await kek.WrapAsync(bytes, Of(elsewhere.Id, other), default);
        const string Insert =
            "insert into user_keys (tenant_id, user_id, purpose, version, kek_id, wrapped, created_at) "
            + "select $1, $2, $3, $4, $5, $6, {now}";
        await database
            .Node.Services.GetRequiredService<Database>()
            .ExecuteAsync(
                elsewhere.Id,
                [
                    ("delete from user_keys where tenant_id = $1 and user_id = $2", [elsewhere.Id, other]),
                    (Insert, [elsewhere.Id, other, newest.Owner.Purpose, newest.Version, kek.Id, wrapped]),
                ],
                default
            );
        using var vault = Vaults.Open(tenant.Id);
        var cell = await vault.SealAsync(Place.At(KeyOwner.User(user), user), "mine", default);
        using var theirs = Vaults.Open(elsewhere.Id);
        var place = Place.At(KeyOwner.User(other), user);
        await Should.ThrowAsync<CannotOpenException>(async () => await theirs.OpenAsync(place, cell, default));
        // It is the same key: it opens its own cells.
        (await theirs.OpenAsync(place, await theirs.SealAsync(place, "theirs", default), default)).ShouldBe("theirs");
    }

    [Fact]
    public async Task A_plain_buffer_is_cleared_once_it_is_sealed()
    {
        var (tenant, user) = await UsedAsync();
        var seen = new List<byte[]>();
        var column = new SealedColumn<string>(
            "vault_test",
            "text",
            value =>
            {
                seen.Add(System.Text.Encoding.UTF8.GetBytes(value));
                return seen[^1];
            },
            System.Text.Encoding.UTF8.GetString
        );
        using var vault = Vaults.Open(tenant.Id);
        await vault.SealAsync(column.At(KeyOwner.User(user)), "secret", default);
        seen.ShouldHaveSingleItem().ShouldAllBe(one => one == 0);
    }

    /// <summary>Resolved under key 1, two changes of preferences under 2 and 3, the rest under 4, the last.</summary>
    private async Task<(TestTenant Tenant, Guid User)> UsedAsync()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        await tenant.Http.PatchedAsync(user, """{"interface":{"theme":"dark"}}""");
        await tenant.Http.PatchedAsync(user, """{"interface":{"density":"compact"}}""");
        (
            await tenant.Http.SendJsonAsync(HttpMethod.Patch, $"/users/{user}", """{"first_name":"Ada"}""")
        ).EnsureSuccessStatusCode();
        (await tenant.Http.PostJsonAsync($"/users/{user}/usage", """{"action":"played"}""")).EnsureSuccessStatusCode();
        return (tenant, user);
    }

    private async Task<IReadOnlyList<WrappedKey>> KeysAsync(Guid tenant, Guid user) =>
        (await database.Node.Services.GetRequiredService<UserDirectory>().ScopeAsync(tenant, user, default)).Keys;

    private async Task<List<int>> VersionsAsync(string table, string column, Guid user)
    {
        var cells = await database
            .Node.Services.GetRequiredService<Database>()
            .AcrossTenantsAsync(
                $"select {column} as cell from {table} where user_id = $1",
                [user],
                row => row.Bytes("cell"),
                default
            );
        return [.. cells.Select(cell => Cell.KeyVersion(cell)).Distinct().Order()];
    }
}
