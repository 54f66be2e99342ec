using Hatcheck.Platform;
using Hatcheck.ServerKit.Storage;

namespace Hatcheck.Tests.Storage;

/// <summary>A node refuses a role that could bypass row-level security.</summary>
public sealed class RoleCheckTests(OnPostgres database) : IClassFixture<OnPostgres>
{
    [Fact]
    public async Task A_superuser_is_refused() => await RefusedAsync(database.Database.SuperUser, "is a superuser");

    [Fact]
    public async Task The_owner_of_the_tables_is_refused() => await RefusedAsync(database.Database.Owner, "owns the tables");

    [Theory]
    [InlineData("bypassrls", "", "has BYPASSRLS")]
    [InlineData("", "grant hatcheck_owner to {0}", "owns the tables")]
    [InlineData("", "create role {0}_above bypassrls; grant {0}_above to {0}", "has BYPASSRLS")]
    public async Task A_role_that_could_become_one_that_bypasses_is_refused(string attributes, string grant, string reason)
    {
        var role = $"strong_{Guid.NewGuid():N}"[..20];
        try
        {
            await database.ExecuteAsync(
                $"create role {role} login password 'of-the-test' {attributes}; grant hatcheck_app to {role}; "
                    + $"{string.Format(grant, role)}"
            );
            await database.ExecuteAsync($"grant connect on database {database.Database.Name} to {role}");
            var settings = new Npgsql.NpgsqlConnectionStringBuilder(database.Database.App)
            {
                Username = role,
                Password = "of-the-test",
            };
            await RefusedAsync(settings.ConnectionString, reason);
        }
        finally
        {
            await database.ExecuteAsync($"drop owned by {role}; drop role {role}; drop role if exists {role}_above");
        }
    }

    private async Task RefusedAsync(string connectionString, string reason)
    {
        var settings = new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal)
        {
            ["Database:ConnectionString"] = connectionString,
        };
        var refused = await Should.ThrowAsync<OperatorException>(() => Node.StartAsync(settings));
        refused.Message.ShouldContain(reason);
        refused.Message.ShouldContain("docs/operations/database.md");
        refused.Message.ShouldNotContain("of-the-test");
    }
}
