using System.Text.Json;
using Hatcheck.Cli;
using Hatcheck.Platform.Verbs;
using Hatcheck.ServerKit.Storage;
using Hatcheck.TestKit;

namespace Hatcheck.ServerKit.Rotation;

/// <summary>Runs the verbs like the running server, and reads the resulting tables.</summary>
internal static class RotationVerbs
{
    public static async Task<CommandResult> VerbAsync(this Node node, params string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var terminal = new Terminal(Stream.Null, output, error, Interactive: false, 100, 1000);
        var exit = await HatcheckCommand.RunAsync(new Invocation(arguments, terminal, node.Services), CancellationToken.None);
        return new CommandResult(exit, output.ToString(), error.ToString());
    }

    public static async Task<JsonElement> RotateAsync(this Node node, TestTenant tenant, int batch = 200)
    {
        var done = await node.VerbAsync("keys", "rotate-index", $"{tenant.Id}", "--batch", $"{batch}", "--json");
        done.ExitCode.ShouldBe(0, done.Error + done.Output);
        return JsonDocument.Parse(done.Output).RootElement;
    }

    public static async Task RetireAsync(this Node node, TestTenant tenant, int version)
    {
        var done = await node.VerbAsync("keys", "retire-index", $"{tenant.Id}", "--version", $"{version}");
        done.ExitCode.ShouldBe(0, done.Error);
    }

    /// <summary><c>version|rows|identities</c> per version of the index key, oldest first.</summary>
    public static async Task<List<string>> VersionsAsync(this TestedDatabase database, TestTenant tenant)
    {
        await using var connection = await database.OpenAsync();
        return await connection.RowsAsync(
            "select key_version, count(*), count(distinct identity_id) from identities "
                + $"where tenant_id = {RawSql.Literal(tenant.Id)} group by key_version order by key_version"
        );
    }

    /// <summary>Every identity row, newest key first.</summary>
    public static async Task<List<string>> IdentitiesAsync(this TestedDatabase database, TestTenant tenant)
    {
        await using var connection = await database.OpenAsync();
        return await connection.RowsAsync(
            "select index_value, key_version, identity_id, user_id from identities "
                + $"where tenant_id = {RawSql.Literal(tenant.Id)} order by key_version desc, index_value"
        );
    }
}
