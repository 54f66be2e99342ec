using Hatcheck.ServerKit.Cli;

namespace Hatcheck.Tests.Telemetry;

/// <summary>What a server has in memory of OpenTelemetry, read from the list of files that the process has mapped.</summary>
public sealed class LoadedAssembliesTests : IAsyncLifetime
{
    private const string Prefix = "OpenTelemetry";
    private const string Prometheus = "OpenTelemetry.Exporter.Prometheus.AspNetCore.dll";
    private readonly HatcheckProcess hatcheck = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => hatcheck.DisposeAsync();

    [Fact]
    public async Task Without_telemetry_nothing_of_it_is_loaded() => (await LoadedAsync()).ShouldBeEmpty();

    [Fact]
    public async Task With_a_collector_only_nothing_of_Prometheus_is_loaded()
    {
        var loaded = await LoadedAsync("--set", "Telemetry:OtlpEndpoint=http://127.0.0.1:1");
        loaded.ShouldContain("OpenTelemetry.dll", StringComparer.Ordinal, "or this test sees nothing");
        loaded.ShouldNotContain(Prometheus, StringComparer.Ordinal);
    }

    [Fact]
    public async Task With_a_Prometheus_its_exporter_is_loaded()
    {
        var loaded = await LoadedAsync("--set", "Telemetry:PrometheusUrl=http://127.0.0.1:0");
        loaded.ShouldContain(Prometheus, StringComparer.Ordinal);
        loaded.ShouldNotContain("OpenTelemetry.Exporter.OpenTelemetryProtocol.dll", StringComparer.Ordinal);
    }

    private async Task<IReadOnlyList<string>> LoadedAsync(params string[] settings)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux tells what a process has mapped.");
        var server = await hatcheck.ServeAsync(settings);
        using var http = server.Client("hck_wrong");
        await http.GetAsync("/health/ready");
        await http.GetAsync("/tenant");
        var maps = await File.ReadAllLinesAsync($"/proc/{server.Process.Id}/maps");
        maps.ShouldContain(line => line.EndsWith("/hatcheck.dll", StringComparison.Ordinal), "or this test sees nothing");
        var files = maps.Select(Path.GetFileName).OfType<string>();
        return [.. files.Where(file => file.StartsWith(Prefix, StringComparison.Ordinal)).Distinct(StringComparer.Ordinal)];
    }
}
