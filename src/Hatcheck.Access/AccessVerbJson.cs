using System.Text.Json.Serialization;
using Hatcheck.Access.Staff;
using Hatcheck.Contracts;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Access;

internal sealed record RevokedApiKey(Guid Id, bool Revoked);

/// <summary>
/// What <c>roles remove</c> and <c>members remove</c> did; <paramref name="Removed"/> is a role's name or a member's id.
/// </summary>
internal sealed record RemovedStaff(string Removed);

/// <summary>What <c>keys rotate-signing</c> did.</summary>
internal sealed record ReplacedSigningKey(string KeyId);

/// <summary>What the verbs of this capability print with <c>--json</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<TenantView>))]
[JsonSerializable(typeof(List<ApiKeyView>))]
[JsonSerializable(typeof(MadeApiKey))]
[JsonSerializable(typeof(RevokedApiKey))]
[JsonSerializable(typeof(List<Role>))]
[JsonSerializable(typeof(List<MemberResponse>))]
[JsonSerializable(typeof(RemovedStaff))]
[JsonSerializable(typeof(ReplacedSigningKey))]
internal sealed partial class AccessVerbJson : JsonSerializerContext;
