using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Keys;
using Hatcheck.ServerKit.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.ServerKit.Profiles;

/// <summary>Decrypts the pending audit entries about a user.</summary>
internal static class AuditLook
{
    public static async Task<List<string>> AuditDetailsAsync(this TestedDatabase database, Guid tenant, Guid user)
    {
        using var vault = database.Node.Services.GetRequiredService<PersonVaults>().Open(tenant);
        await using var connection = await database.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText =
            $"select entry_id, details from audit_pending where user_id = {RawSql.Literal(user)} and details is not null";
        var details = new List<string>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var place = AuditEntry.Sealed.At(KeyOwner.AuditOf(user), reader.GetGuid(0));
            details.Add(await vault.OpenAsync(place, reader.GetFieldValue<byte[]>(1), CancellationToken.None));
        }

        return details;
    }
}
