using System.Text.Json.Serialization;
using Hatcheck.Access.Staff;
using Hatcheck.Contracts;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Access;

internal sealed record RevokedApiKey(Guid Id, bool Revoked);

/// <summary>
/// Result of <c>roles remove</c> and <c>members remove</c>; <paramref name="Removed"/> is a role's name or a member's id.
/// </summary>
internal sealed record RemovedStaff(string Removed);

/// <summary>Result of <c>keys rotate-signing</c>.</summary>
internal sealed record ReplacedSigningKey(string KeyId);

/// <summary>Output of this capability's verbs with <c>--json</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<TenantView>))]
[JsonSerializable(typeof(List<ApiKeyView>))]
[JsonSerializable(typeof(CreatedApiKey))]
[JsonSerializable(typeof(RevokedApiKey))]
[JsonSerializable(typeof(List<Role>))]
[JsonSerializable(typeof(List<MemberResponse>))]
[JsonSerializable(typeof(RemovedStaff))]
[JsonSerializable(typeof(ReplacedSigningKey))]
internal sealed partial class AccessVerbJson : JsonSerializerContext;
