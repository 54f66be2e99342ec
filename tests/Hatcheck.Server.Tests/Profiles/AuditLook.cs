using System.Text;
using Hatcheck.Crypto;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Tests.Storage;
using Hatcheck.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Server.Tests.Profiles;

/// <summary>Opens what the pending audit entries say about a person.</summary>
internal static class AuditLook
{
    public static async Task<List<string>> AuditDetailsAsync(this TestedDatabase database, Guid tenant, Guid user)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText =
            $"select a.entry_id, a.details, k.version, k.kek_id, k.wrapped from audit_pending a join user_keys k on k.user_id = a.user_id and k.purpose = 'audit' where a.user_id = {RawSql.Literal(user)} and a.details is not null";
        var details = new List<string>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var wrapped = new WrappedKey(user, reader.GetInt32(2), reader.GetString(3), reader.GetFieldValue<byte[]>(4));
            using var key = await database.Node.Services.GetRequiredService<UserKeys>().OpenAsync(tenant, KeyPurpose.Audit, wrapped, CancellationToken.None);
            using var text = Cell.Open(key, new CellAddress(AuditTrail.CellTable, AuditTrail.CellColumn, tenant, reader.GetGuid(0), user), reader.GetFieldValue<byte[]>(1));
            details.Add(Encoding.UTF8.GetString(text.Reveal()));
        }

        return details;
    }
}
