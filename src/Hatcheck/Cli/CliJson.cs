using System.Text.Json.Serialization;
using Hatcheck.Cli.Doctor;

namespace Hatcheck.Cli;

internal sealed record MigrationView(int Version, string Name);

/// <summary>Result of <c>migrate</c>.</summary>
/// <param name="Version">The schema's version after the command.</param>
/// <param name="Applied">Scripts applied, or with <c>--dry-run</c> those that would be.</param>
/// <param name="DryRun">Nothing was changed.</param>
internal sealed record MigrateResult(int Version, IReadOnlyList<MigrationView> Applied, bool DryRun);

/// <summary>Result of <c>health</c>.</summary>
/// <param name="Url">The address asked, or where the server listens; null if there is no server.</param>
/// <param name="Status">HTTP status; null if no server answered.</param>
/// <param name="Healthy">The server answers and is ready.</param>
/// <param name="Problem">What is wrong, and what to do.</param>
internal sealed record HealthAnswer(string? Url, int? Status, bool Healthy, string? Problem);

internal sealed record VersionAnswer(string Version);

/// <summary>Printed by <c>serve</c> once it answers requests.</summary>
/// <param name="Urls">Where it listens.</param>
internal sealed record ServeAnswer(IReadOnlyList<string> Urls);

/// <summary>Output with <c>--json</c> of the verbs that belong to no capability.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(MigrateResult))]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(VersionAnswer))]
[JsonSerializable(typeof(ServeAnswer))]
internal sealed partial class CliJson : JsonSerializerContext;
