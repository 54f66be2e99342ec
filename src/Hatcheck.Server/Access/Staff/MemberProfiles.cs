using System.Text.Json;
using System.Text.Json.Serialization;
using Hatcheck.Crypto;
using Hatcheck.Server.Platform.Keys;

namespace Hatcheck.Server.Access.Staff;

/// <summary>Who a member is: what is sealed of them.</summary>
internal sealed record MemberProfile(string DisplayName, string? Email, string Subject)
{
    /// <summary>Masked.</summary>
    public override string ToString() => nameof(MemberProfile);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MemberProfile))]
internal sealed partial class MemberProfileJson : JsonSerializerContext;

/// <summary>
/// Seals and opens who a member is, under a key of the member's own: removing the member destroys it, and the audit log, which knows the
/// random id alone, stays as it is.
/// </summary>
internal sealed class MemberProfiles(UserKeys keys)
{
    /// <summary>A profile sealed under a new key, and the key's row.</summary>
    public async Task<(byte[] Profile, UserKeyRow Key)> SealAsync(Guid tenant, Guid member, MemberProfile profile, CancellationToken cancellation)
    {
        var (key, row) = await keys.CreateAsync(tenant, member, MemberRow.KeyPurpose, cancellation);
        using (key) return (Seal(key, tenant, member, profile), row);
    }

    /// <summary>The same under the key that the member has.</summary>
    public async Task<byte[]> SealAgainAsync(Guid tenant, Guid member, WrappedKey wrapped, MemberProfile profile, CancellationToken cancellation)
    {
        using var key = await keys.OpenAsync(tenant, MemberRow.KeyPurpose, wrapped, cancellation);
        return Seal(key, tenant, member, profile);
    }

    public async Task<MemberProfile> OpenAsync(Guid tenant, Guid member, WrappedKey wrapped, byte[] profile, CancellationToken cancellation)
    {
        using var key = await keys.OpenAsync(tenant, MemberRow.KeyPurpose, wrapped, cancellation);
        using var text = Cell.Open(key, Address(tenant, member), profile);
        return JsonSerializer.Deserialize(text.Reveal(), MemberProfileJson.Default.MemberProfile)!;
    }

    private static byte[] Seal(DataKey key, Guid tenant, Guid member, MemberProfile profile) =>
        Cell.Seal(key, Address(tenant, member), JsonSerializer.SerializeToUtf8Bytes(profile, MemberProfileJson.Default.MemberProfile));

    private static CellAddress Address(Guid tenant, Guid member) => new(MemberRow.CellTable, MemberRow.CellColumn, tenant, member, member);
}
