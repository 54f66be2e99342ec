using System.Net.Sockets;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hatcheck.Tests.Storage;

/// <summary>The kinds of storage faults, and the retried ones.</summary>
public sealed class StorageFaultTests(OnPostgres database) : IClassFixture<OnPostgres>
{
    private const string RollBack = "do $$ begin raise exception 'x' using errcode = '40001'; end $$";
    private const string EndDeadlock = "do $$ begin raise exception 'x' using errcode = '40P01'; end $$";

    [Theory]
    [InlineData("40001", nameof(StorageFault.RolledBack))]
    [InlineData("40P01", nameof(StorageFault.RolledBack))]
    [InlineData("23505", nameof(StorageFault.Duplicate))]
    [InlineData("53100", nameof(StorageFault.Full))]
    [InlineData("53300", nameof(StorageFault.Unavailable))]
    [InlineData("57014", nameof(StorageFault.Unavailable))]
    [InlineData("57P01", nameof(StorageFault.Unavailable))]
    [InlineData("57P03", nameof(StorageFault.Unavailable))]
    [InlineData("25006", nameof(StorageFault.Unavailable))]
    [InlineData("28P01", nameof(StorageFault.Unavailable))]
    [InlineData("42703", nameof(StorageFault.None))]
    [InlineData("23503", nameof(StorageFault.None))]
    public void A_state_of_PostgreSQL_is_known_however_EF_wraps_it(string state, string kind)
    {
        var expected = Enum.Parse<StorageFault>(kind);
        var fault = new PostgresException("text", "ERROR", "ERROR", state);
        StorageFaults.Classify(fault).ShouldBe(expected);
        StorageFaults.Classify(new DbUpdateException("saving", fault)).ShouldBe(expected);
        StorageFaults.Classify(new InvalidOperationException("transient", fault)).ShouldBe(expected);
        StorageFaults
            .Classify(new InvalidOperationException("transient", new DbUpdateException("saving", fault)))
            .ShouldBe(expected);
    }

    [Fact]
    public void A_network_that_fails_is_an_unavailable_database()
    {
        StorageFaults.Classify(new SocketException((int)SocketError.HostNotFound)).ShouldBe(StorageFault.Unavailable);
        StorageFaults.Classify(new TimeoutException()).ShouldBe(StorageFault.Unavailable);
        StorageFaults
            .Classify(new NpgsqlException("tls", new System.Security.Authentication.AuthenticationException()))
            .ShouldBe(StorageFault.Unavailable);
        StorageFaults.Classify(new InvalidOperationException("a bug")).ShouldBe(StorageFault.None);
    }

    [Theory]
    [InlineData("40001")]
    [InlineData("40P01")]
    public async Task What_the_database_rolled_back_is_run_again_and_stored_once(string state)
    {
        var tenant = await database.Node.NewTenantAsync();
        var data = database.Node.Services.GetRequiredService<Database>();
        var runs = 0;
        await data.WriteAsync(
            tenant.Id,
            async (db, stop) =>
            {
                db.Add(
                    new AuditEntry
                    {
                        TenantId = tenant.Id,
                        EntryId = Guid.NewGuid(),
                        At = DateTimeOffset.UnixEpoch,
                        Act = "test",
                        Actor = "test",
                    }
                );
                await db.SaveChangesAsync(stop);
                if (++runs < 3)
                    await db.Database.ExecuteSqlRawAsync(state == "40001" ? RollBack : EndDeadlock, stop);
                return true;
            },
            default
        );
        runs.ShouldBe(3);
        (
            await database.ScalarAsync(
                "select count(*) from audit_pending where tenant_id = $1 and act not like 'apikey.%'",
                tenant.Id
            )
        ).ShouldBe(1L);
    }

    [Fact]
    public async Task What_goes_on_being_rolled_back_ends_after_three_runs()
    {
        var tenant = await database.Node.NewTenantAsync();
        var runs = 0;
        var fault = await Should.ThrowAsync<Exception>(() =>
            database
                .Node.Services.GetRequiredService<Database>()
                .WriteAsync(
                    tenant.Id,
                    async (db, stop) =>
                    {
                        runs++;
                        return await db.Database.ExecuteSqlRawAsync(RollBack, stop);
                    },
                    default
                )
        );
        runs.ShouldBe(3);
        StorageFaults.Classify(fault).ShouldBe(StorageFault.RolledBack);
    }
}
