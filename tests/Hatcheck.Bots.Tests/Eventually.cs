namespace Hatcheck.Bots.Tests;

/// <summary>
/// Waits for what has to happen; a guard ends a test that would hang, after far longer than anything here takes.
/// </summary>
internal static class Eventually
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(20);

    public static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guard.CancelAfter(Guard);
        while (!await condition())
            await Task.Delay(10, guard.Token);
    }
}
