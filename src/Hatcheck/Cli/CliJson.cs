using System.Text.Json.Serialization;
using Hatcheck.Cli.Doctor;

namespace Hatcheck.Cli;

internal sealed record MigrationView(int Version, string Name);

/// <summary>What <c>migrate</c> did.</summary>
/// <param name="Version">The schema's version after the command.</param>
/// <param name="Applied">Scripts applied, or with <c>--dry-run</c> those that would be.</param>
/// <param name="DryRun">Nothing was changed.</param>
internal sealed record MigrateResult(int Version, IReadOnlyList<MigrationView> Applied, bool DryRun);

/// <summary>What <c>health</c> learned.</summary>
/// <param name="Url">Where it asked, or where the server listens; null if no server is there.</param>
/// <param name="Status">Of HTTP; null if no server answered.</param>
/// <param name="Healthy">It answers, and is ready.</param>
/// <param name="Problem">What is wrong, and what to do.</param>
internal sealed record HealthAnswer(string? Url, int? Status, bool Healthy, string? Problem);

internal sealed record VersionAnswer(string Version);

/// <summary>What <c>serve</c> tells once it answers requests.</summary>
/// <param name="Urls">Where it listens.</param>
internal sealed record ServeAnswer(IReadOnlyList<string> Urls);

/// <summary>What the frame's own verbs print with <c>--json</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(MigrateResult))]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(VersionAnswer))]
[JsonSerializable(typeof(ServeAnswer))]
internal sealed partial class CliJson : JsonSerializerContext;
