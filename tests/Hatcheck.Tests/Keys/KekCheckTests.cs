using Hatcheck.Crypto;
using Hatcheck.Platform;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Keys;

public sealed class KekCheckOnSqlite(OnSqlite database) : KekCheckTests(database), IClassFixture<OnSqlite>;

public sealed class KekCheckOnPostgres(OnPostgres database) : KekCheckTests(database), IClassFixture<OnPostgres>;

/// <summary>A database belongs to one key-encryption key; a node with another one does not start.</summary>
public abstract class KekCheckTests(TestedDatabase database)
{
    [Fact]
    public async Task A_node_with_the_key_of_another_installation_refuses_to_start_and_changes_nothing()
    {
        var tenant = await database.Node.NewTenantAsync();
        var before = await database.ScalarAsync("select kek_id from kek_check");
        var settings = new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal)
        {
            ["Keys:File"] = Path.Combine(database.Folder, "other.key"),
        };
        var refused = await Should.ThrowAsync<OperatorException>(() => Node.StartAsync(settings));
        refused.Message.ShouldContain($"under the key-encryption key {before}");
        refused.Message.ShouldContain("restore it from its own backup");
        (await database.ScalarAsync("select kek_id from kek_check")).ShouldBe(before);
        (await tenant.Http.ResolveAsync("4711")).Created.ShouldBeTrue();
    }

    [Fact]
    public async Task The_check_alone_writes_nothing_and_finds_the_right_key_right()
    {
        var services = database.Node.Services;
        var engine = services.GetRequiredService<IEngine>();
        (await KekCheck.RefusalAsync(engine, services.GetRequiredService<IKeyEncryptionKey>(), default)).ShouldBeNull();
        using var other = LocalKeys.FromBase64(
            Convert.ToBase64String(
                new byte[32]
                    .Select((_, i) => (byte)(i * 7))
                    .ToArray()
            )
        );
        (await KekCheck.RefusalAsync(engine, other, default)).ShouldNotBeNull();
        (await database.ScalarAsync("select count(*) from kek_check")).ShouldBe(1L);
    }

    [Fact]
    public async Task A_tenants_index_key_of_another_tenant_is_not_used()
    {
        var one = await database.Node.NewTenantAsync();
        var other = await database.Node.NewTenantAsync();
        (await one.Http.ResolveAsync("4711")).Created.ShouldBeTrue();
        var wrapped = await database.ScalarAsync(
            $"select wrapped from tenant_keys where tenant_id = {RawSql.Literal(other.Id)} and purpose = 'index'"
        );
        await database.ExecuteAsync(
            $"update tenant_keys set wrapped = $1 where tenant_id = {RawSql.Literal(one.Id)} and purpose = 'index'",
            wrapped!
        );
        // A node that has not opened the tenant's keys yet: the first one has them cached.
        await using var fresh = await Node.StartAsync(database.Settings);
        await fresh
            .Client(one.Key)
            .PostJsonAsync("/users/resolve", """{"channel":"telegram","id":"4712"}""")
            .ShouldFailAsync(500, Contracts.ProblemCodes.Internal);
    }
}
