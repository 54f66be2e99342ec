using System.Collections.Frozen;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Hatcheck.Contracts;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Hatcheck.Server.Platform.Http;

/// <summary>Schemas of the document: bounds that the end points check, and which members are always there.</summary>
internal static class OpenApiSchemas
{
    public const string Problem = "Problem";
    public const string HashPattern = "^[0-9a-f]{64}$";

    public const string CodePattern = "^[a-z0-9._-]{1,64}$";

    /// <summary>Requests, with an example of each. Their members are all nullable in C#, so that the server can name what is missing.</summary>
    private static readonly FrozenDictionary<Type, (string[] Required, string Example)> Requests = new Dictionary<Type, (string[], string)>
    {
        [typeof(IdentityRequest)] = (["channel"], """{ "channel": "telegram", "id": "123456789" }"""),
        [typeof(MergeRequest)] = (["code"], """{ "code": "7KQ2M9XT4B" }"""),
        [typeof(RoleRequest)] = (["name", "permissions"], """{ "name": "desk-lead", "permissions": ["users:read", "usage:read"] }"""),
        [typeof(RoleChangeRequest)] = (["permissions"], """{ "permissions": ["users:read"] }"""),
        [typeof(MemberRequest)] = (["display_name", "issuer", "subject", "roles"],
            """{ "display_name": "Anna Beispiel", "email": "anna@example.com", "issuer": "staff", "subject": "user_2abc", "roles": ["support"] }"""),
        [typeof(MemberChangeRequest)] = (["display_name", "roles"], """{ "display_name": "Anna Beispiel", "roles": ["support"] }"""),
        [typeof(ApiKeyRequest)] = (["name", "permissions"], """{ "name": "report", "permissions": ["users:read"], "expires_in_days": 90 }"""),
        [typeof(PreferenceResetRequest)] = ([], """{ "keys": ["interface", "notifications.quiet_hours.start"] }"""),
        [typeof(PreferenceRollbackRequest)] = (["version"], """{ "version": 3 }"""),
        [typeof(PreferenceMigration)] = ([], """{ "from": "music.auto_play", "to": "music.autoplay" }"""),
        [typeof(PreferenceSchemaRequest)] = ([], """
            { "properties": { "music": { "type": "object", "properties": { "volume": { "type": "integer", "minimum": 0, "maximum": 11, "default": 5 } } } }, "defaults": { "interface": { "theme": "dark" } } }
            """),
        [typeof(ProfileRequest)] = ([], """{ "email": "ada@example.org", "first_name": "Ada", "locale": "en-GB", "attributes": { "plan": "family" } }"""),
        [typeof(UserSearchRequest)] = ([], """{ "email": "ada@example.org" }"""),
        [typeof(RefreshTokenRequest)] = (["refresh_token"], """{ "refresh_token": "hcr_2Zx8…" }"""),
        [typeof(TelegramSignInRequest)] = (["bot", "data"], """{ "bot": "shop", "data": "id=123456789&first_name=Ada&auth_date=1795341600&hash=97a6…" }"""),
        [typeof(SessionRequest)] = ([], """{ "client_address": "192.0.2.7", "user_agent": "Mozilla/5.0" }"""),
        [typeof(UsageRequest)] = (["action"], """{ "action": "command.start", "attributes": { "lang": "de" } }"""),
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<(Type, string), Action<OpenApiSchema>> Bounds = new Dictionary<(Type, string), Action<OpenApiSchema>>
    {
        [(typeof(IdentityRequest), "channel")] = schema => schema.Enum = ["telegram", "whatsapp"],
        [(typeof(IdentityRequest), "id")] = schema => (schema.MinLength, schema.MaxLength) = (1, 30),
        [(typeof(IdentityRequest), "hash")] = schema => schema.Pattern = HashPattern,
        [(typeof(IdentityRequest), "key_version")] = Count(1),
        [(typeof(MergeRequest), "code")] = schema => (schema.MinLength, schema.MaxLength) = (10, 10),
        [(typeof(UsageRequest), "action")] = schema => schema.Pattern = CodePattern,
        [(typeof(UsageRequest), "attributes")] = schema =>
        {
            schema.MaxProperties = 16;
            if (schema.AdditionalProperties is OpenApiSchema value) value.MaxLength = 256;
        },
        [(typeof(RoleRequest), "name")] = schema => schema.Pattern = CodePattern,
        [(typeof(RoleRequest), "permissions")] = schema => schema.MinItems = 1,
        [(typeof(RoleChangeRequest), "permissions")] = schema => schema.MinItems = 1,
        [(typeof(RoleList), "items")] = schema => schema.MaxItems = 108,
        [(typeof(MemberRequest), "display_name")] = Length(100),
        [(typeof(MemberRequest), "email")] = Length(254),
        [(typeof(MemberRequest), "issuer")] = schema => schema.Pattern = CodePattern,
        [(typeof(MemberRequest), "subject")] = Length(255),
        [(typeof(MemberRequest), "roles")] = schema => (schema.MinItems, schema.MaxItems) = (1, 20),
        [(typeof(MemberChangeRequest), "display_name")] = Length(100),
        [(typeof(MemberChangeRequest), "email")] = Length(254),
        [(typeof(MemberChangeRequest), "roles")] = schema => (schema.MinItems, schema.MaxItems) = (1, 20),
        [(typeof(MemberPage), "items")] = schema => schema.MaxItems = 200,
        [(typeof(ApiKeyRequest), "name")] = schema => schema.Pattern = CodePattern,
        [(typeof(ApiKeyRequest), "permissions")] = schema => schema.MinItems = 1,
        [(typeof(ApiKeyRequest), "expires_in_days")] = schema =>
        {
            Count(1)(schema);
            schema.Maximum = "3650";
        },
        [(typeof(ApiKeyPage), "items")] = schema => schema.MaxItems = 200,
        [(typeof(CallerResponse), "kind")] = schema => schema.Enum = ["service_key", "member", "person"],
        [(typeof(ProfileRequest), "email")] = schema => (schema.MinLength, schema.MaxLength) = (3, 254),
        [(typeof(ProfileRequest), "first_name")] = Name,
        [(typeof(ProfileRequest), "last_name")] = Name,
        [(typeof(ProfileRequest), "display_name")] = Name,
        [(typeof(ProfileRequest), "picture_url")] = schema => (schema.Format, schema.MaxLength) = ("uri", 2048),
        [(typeof(ProfileRequest), "phone")] = schema => (schema.MinLength, schema.MaxLength) = (8, 30),
        [(typeof(ProfileRequest), "locale")] = schema => (schema.MinLength, schema.MaxLength) = (2, 35),
        [(typeof(ProfileRequest), "onboarding_state")] = schema => schema.Pattern = CodePattern,
        [(typeof(ProfileRequest), "external_subject")] = Length(255),
        [(typeof(ProfileRequest), "attributes")] = schema =>
        {
            schema.MaxProperties = 32;
            if (schema.AdditionalProperties is OpenApiSchema value) value.MaxLength = 1024;
        },
        [(typeof(UserSearchRequest), "email")] = schema => (schema.MinLength, schema.MaxLength) = (3, 254),
        [(typeof(UserSearchRequest), "phone")] = schema => (schema.MinLength, schema.MaxLength) = (8, 30),
        [(typeof(UserSearchResponse), "items")] = schema => schema.MaxItems = 50,
        [(typeof(UserPage), "items")] = schema => schema.MaxItems = 200,
        [(typeof(UserResponse), "version")] = Count(1),
        [(typeof(TenantResponse), "index_scheme")] = schema =>
        {
            Count(0)(schema);
            schema.Maximum = "1";
        },
        [(typeof(TenantResponse), "index_key_version")] = Count(1),
        [(typeof(SummarySection), "count")] = Count(0),
        [(typeof(PreferenceResetRequest), "keys")] = schema => (schema.MinItems, schema.MaxItems) = (1, 250),
        [(typeof(PreferenceRollbackRequest), "version")] = Count(0),
        [(typeof(PreferenceSchemaRequest), "properties")] = Object,
        [(typeof(PreferenceSchemaRequest), "defaults")] = Object,
        [(typeof(PreferenceSchemaRequest), "migrations")] = schema => schema.MaxItems = 400,
        [(typeof(PreferenceSchemaResponse), "version")] = Count(0),
        [(typeof(PreferenceSchemaResponse), "built_in")] = Object,
        [(typeof(PreferenceSchemaResponse), "properties")] = Object,
        [(typeof(PreferenceSchemaResponse), "defaults")] = Object,
        [(typeof(PreferencesResponse), "version")] = Count(0),
        [(typeof(PreferencesResponse), "schema_version")] = Count(0),
        [(typeof(PreferencesResponse), "values")] = Object,
        [(typeof(PreferencesResponse), "sources")] = Object,
        [(typeof(PreferenceChange), "version")] = Count(1),
        [(typeof(PreferenceChange), "schema_version")] = Count(0),
        [(typeof(PreferenceHistoryPage), "items")] = schema => schema.MaxItems = 200,
        [(typeof(PreferenceMigrationResult), "migrated")] = Count(0),
        [(typeof(PreferenceMigrationResult), "unfit")] = Count(0),
        [(typeof(PreferenceMigrationResult), "remaining")] = Count(0),
        [(typeof(RefreshTokenRequest), "refresh_token")] = Length(200),
        [(typeof(TelegramSignInRequest), "bot")] = schema => schema.Pattern = CodePattern,
        [(typeof(TelegramSignInRequest), "data")] = Length(4096),
        [(typeof(SessionRequest), "client_address")] = schema => (schema.MinLength, schema.MaxLength) = (2, 45),
        [(typeof(SessionRequest), "user_agent")] = schema => schema.MaxLength = 256,
        [(typeof(SessionTokens), "token_type")] = schema => schema.Enum = ["Bearer"],
        [(typeof(SessionTokens), "expires_in")] = Count(0),
        [(typeof(SessionList), "items")] = schema => schema.MaxItems = 500,
        [(typeof(JsonWebKeySet), "keys")] = schema => schema.MaxItems = 20,
        [(typeof(UsagePage), "items")] = schema => schema.MaxItems = 200,
        [(typeof(UserExport), "format")] = schema => schema.Enum = ["hatcheck-export/1"],
    }.ToFrozenDictionary();

    public static Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellation)
    {
        var type = context.JsonTypeInfo.Type;
        if ((Nullable.GetUnderlyingType(type) ?? type) == typeof(DateTimeOffset)) (schema.Type, schema.Format) = (JsonSchemaType.String, "date-time");
        // What is absent is left out; null never crosses the wire.
        if (schema.Type is { } types) schema.Type = types & ~JsonSchemaType.Null;
        if (type == typeof(JsonObject)) schema.Examples = [JsonNode.Parse("""{ "interface": { "theme": "dark" } }""")!];
        if (context.JsonPropertyInfo is { } property)
        {
            if (Bounds.TryGetValue((property.DeclaringType, property.Name), out var bound)) bound(schema);
        }
        else if (context.JsonTypeInfo.Kind == JsonTypeInfoKind.Object)
        {
            Members(schema, context.JsonTypeInfo);
        }

        return Task.CompletedTask;
    }

    /// <summary>Written by hand: errors keep the member names of RFC 9457, while everything else is snake_case.</summary>
    public static OpenApiSchema OfProblem() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "An error (RFC 9457). `code` is stable; docs/reference/errors.md explains each.",
        Required = new HashSet<string>(StringComparer.Ordinal) { "type", "title", "status", "detail", "code", "traceId" },
        Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
        {
            ["type"] = Text("The code as a URI.", "urn:hatcheck:problem:user.not_found"),
            ["title"] = Text("What the code means.", "There is no such user."),
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Description = "The HTTP status.", Examples = [404] },
            ["detail"] = Text("What to do; never data of a person.", "This tenant has no such user."),
            ["code"] = Text("Stable.", ProblemCodes.UserNotFound),
            ["traceId"] = Text("Finds the request in the server's log.", "4bf92f3577b34da6a3ce929d0e0e4736"),
            ["userId"] = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Format = "uuid",
                Description = "With `user.deleted`, where the request named the person by an identity: whom to restore or erase.",
            },
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "Messages per field: `attributes.lang`, a parameter's name, or `$` for the body as a whole.",
                AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
            },
        },
    };

    private static void Members(OpenApiSchema schema, JsonTypeInfo info)
    {
        if (Requests.TryGetValue(info.Type, out var request))
        {
            schema.AdditionalPropertiesAllowed = false;
            schema.Required = request.Required.ToHashSet(StringComparer.Ordinal);
            schema.Examples = [JsonNode.Parse(request.Example)!];
            return;
        }

        // Answers may gain members.
        schema.AdditionalPropertiesAllowed = true;
        schema.Required = info.Properties
            .Where(member => member.PropertyType.IsValueType ? Nullable.GetUnderlyingType(member.PropertyType) is null : !member.IsGetNullable)
            .Select(member => member.Name)
            .ToHashSet(StringComparer.Ordinal);
    }

    private static void Name(OpenApiSchema schema) => (schema.MinLength, schema.MaxLength) = (1, 200);

    private static Action<OpenApiSchema> Count(int minimum) => schema =>
        (schema.Type, schema.Format, schema.Pattern, schema.Minimum) = (JsonSchemaType.Integer, "int32", null, minimum.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private static Action<OpenApiSchema> Length(int longest) => schema => (schema.MinLength, schema.MaxLength) = (1, longest);

    // A document whose members are the tenant's own.
    private static void Object(OpenApiSchema schema) => (schema.Type, schema.AdditionalPropertiesAllowed) = (JsonSchemaType.Object, true);

    private static OpenApiSchema Text(string description, string example) =>
        new() { Type = JsonSchemaType.String, Description = description, Examples = [example] };
}
