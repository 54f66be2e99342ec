using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hatcheck.Contracts;

/// <summary>
/// The wire format: snake_case, no reflection, numbers strict. Unknown members are ignored here, so that an older SDK can
/// read a newer server's answers. The server refuses them in requests, by options of its own.
/// </summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.Strict
)]
[JsonSerializable(typeof(IdentityRequest))]
[JsonSerializable(typeof(ResolvedUser))]
[JsonSerializable(typeof(UserResponse))]
[JsonSerializable(typeof(IdentityResponse))]
[JsonSerializable(typeof(LinkCodeResponse))]
[JsonSerializable(typeof(MergeRequest))]
[JsonSerializable(typeof(ProfileRequest))]
[JsonSerializable(typeof(UserPage))]
[JsonSerializable(typeof(UserSearchRequest))]
[JsonSerializable(typeof(UserSearchResponse))]
[JsonSerializable(typeof(TenantResponse))]
[JsonSerializable(typeof(UsageRequest))]
[JsonSerializable(typeof(UsageEntry))]
[JsonSerializable(typeof(UsagePage))]
[JsonSerializable(typeof(UserExport))]
[JsonSerializable(typeof(UserSummary))]
[JsonSerializable(typeof(CallerResponse))]
[JsonSerializable(typeof(RoleRequest))]
[JsonSerializable(typeof(RoleChangeRequest))]
[JsonSerializable(typeof(RoleResponse))]
[JsonSerializable(typeof(RoleList))]
[JsonSerializable(typeof(MemberRequest))]
[JsonSerializable(typeof(MemberChangeRequest))]
[JsonSerializable(typeof(MemberResponse))]
[JsonSerializable(typeof(MemberPage))]
[JsonSerializable(typeof(ApiKeyRequest))]
[JsonSerializable(typeof(NewApiKeyResponse))]
[JsonSerializable(typeof(ApiKeyPage))]
[JsonSerializable(typeof(SessionTokens))]
[JsonSerializable(typeof(RefreshTokenRequest))]
[JsonSerializable(typeof(TelegramSignInRequest))]
[JsonSerializable(typeof(SessionRequest))]
[JsonSerializable(typeof(SessionList))]
[JsonSerializable(typeof(JsonWebKeySet))]
[JsonSerializable(typeof(PreferencesResponse))]
[JsonSerializable(typeof(System.Text.Json.Nodes.JsonObject))]
[JsonSerializable(typeof(PreferenceResetRequest))]
[JsonSerializable(typeof(PreferenceRollbackRequest))]
[JsonSerializable(typeof(PreferenceHistoryPage))]
[JsonSerializable(typeof(PreferenceSchemaRequest))]
[JsonSerializable(typeof(PreferenceSchemaResponse))]
[JsonSerializable(typeof(PreferenceMigrationResult))]
public sealed partial class HatcheckJson : JsonSerializerContext;

/// <summary>Problem details (RFC 9457), also in snake_case.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ProblemResponse))]
public sealed partial class ProblemJson : JsonSerializerContext;
