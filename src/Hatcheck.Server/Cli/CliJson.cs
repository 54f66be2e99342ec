using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hatcheck.Contracts;
using Hatcheck.Server.Access;
using Hatcheck.Server.Access.Staff;
using Hatcheck.Server.Cli.Doctor;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Users;
using Hatcheck.Server.Users.Rotation;

namespace Hatcheck.Server.Cli;

internal sealed record MigrationView(int Version, string Name);

/// <summary>What <c>migrate</c> did.</summary>
/// <param name="Version">The schema's version after the command.</param>
/// <param name="Applied">Scripts applied, or with <c>--dry-run</c> those that would be.</param>
/// <param name="DryRun">Nothing was changed.</param>
internal sealed record MigrateResult(int Version, IReadOnlyList<MigrationView> Applied, bool DryRun);

internal sealed record RevokedApiKey(Guid Id, bool Revoked);

internal sealed record HealthAnswer(string Url, int? Status, bool Healthy, string? Problem);

internal sealed record KeyStatus(string KekId, string Provider, IReadOnlyList<WrappedCount> Wrapped, IReadOnlyList<TenantKeyView> IndexKeys, IReadOnlyList<VersionRows> Rotations);

/// <summary>What verbs print with <c>--json</c>.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<TenantView>))]
[JsonSerializable(typeof(List<ApiKeyView>))]
[JsonSerializable(typeof(MadeApiKey))]
[JsonSerializable(typeof(RevokedApiKey))]
[JsonSerializable(typeof(List<Role>))]
[JsonSerializable(typeof(List<MemberResponse>))]
[JsonSerializable(typeof(MigrateResult))]
[JsonSerializable(typeof(InspectedUser))]
[JsonSerializable(typeof(UserState))]
[JsonSerializable(typeof(PurgeAnswer))]
[JsonSerializable(typeof(KeyStatus))]
[JsonSerializable(typeof(RotationResult))]
[JsonSerializable(typeof(RetiredIndex))]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>The answers go to a terminal or a program, never into a page: other scripts stay readable.</summary>
    public static CliJson Readable => field ??= new(new JsonSerializerOptions(Default.GeneratedSerializerOptions!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
