using System.Text.Json.Serialization;

namespace Hatcheck.Access.Staff;

/// <summary>
/// Who a member is: what is sealed of them, under a key of the member's own. Removing the member destroys it. The audit log,
/// which knows the random id alone, stays as it is.
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
