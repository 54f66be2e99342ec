using System.Text.Json.Serialization;

namespace Hatcheck.Access.Staff;

/// <summary>
/// A member's personal data, sealed under a key of the member's own. Removing the member destroys the key; the audit log,
/// which holds only the random id, is unchanged.
/// </summary>
internal sealed record MemberProfile(string DisplayName, string? Email, string Subject)
{
    /// <summary>Masked.</summary>
    public override string ToString() => nameof(MemberProfile);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(MemberProfile))]
internal sealed partial class MemberProfileJson : JsonSerializerContext;
