// The bare baseline that Hatcheck is measured beside: Kestrel and one prepared point read of the same row, nothing else.
using Npgsql;

await using var source = NpgsqlDataSource.Create(args[1]);
var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls(args[0]);
var app = builder.Build();
app.MapGet(
    "/bare/{tenant}/{user}",
    async (Guid tenant, Guid user) =>
    {
        await using var command = source.CreateCommand("select user_id::text from users where tenant_id = $1 and user_id = $2");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = tenant });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = user });
        return (string?)await command.ExecuteScalarAsync();
    }
);
app.Run();
