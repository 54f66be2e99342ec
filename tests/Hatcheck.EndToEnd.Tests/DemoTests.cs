namespace Hatcheck.EndToEnd.Tests;

public sealed class DemoTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("hatcheck-demo-twice-").FullName;

    [Fact]
    public async Task The_demo_starts_again_and_again_in_its_folder_even_with_a_proxy_in_the_environment()
    {
        // A proxy that does not answer: a call through it would fail.
        var proxied = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["http_proxy"] = $"http://127.0.0.1:{RunningProgram.FreePort()}",
        };
        for (var round = 0; round < 2; round++)
        {
            var address = new Uri($"http://127.0.0.1:{RunningProgram.FreePort()}");
            await using var demo = RunningProgram.Start(
                RunningProgram.Hatcheck,
                folder,
                proxied,
                "demo",
                "--urls",
                address.ToString()
            );
            await demo.UntilAnswersAsync(new Uri(address, "/health/ready"));
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            while (!demo.Printed.Contains("\"event\":\"Ready\"", StringComparison.Ordinal))
                await Task.Delay(50, limit.Token);
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
