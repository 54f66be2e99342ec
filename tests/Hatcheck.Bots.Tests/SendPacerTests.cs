using Hatcheck.Bots.Sending;
using Hatcheck.TestKit;

namespace Hatcheck.Bots.Tests;

public sealed class SendPacerTests
{
    private readonly ManualTime time = new();
    private readonly SendPacer pacer;

    public SendPacerTests() => pacer = new SendPacer(time);

    [Fact]
    public async Task A_chat_gets_a_short_burst_and_then_one_message_a_second()
    {
        var sent = await SendAsync(Enumerable.Repeat(5L, 6));

        sent.ShouldBe([0, 0, 0, 1, 2, 3]);
    }

    [Fact]
    public async Task A_group_gets_no_more_than_twenty_in_any_minute()
    {
        var sent = await SendAsync(Enumerable.Repeat(-5L, 45));

        for (var i = 20; i < sent.Count; i++)
            (sent[i] - sent[i - 20]).ShouldBeGreaterThanOrEqualTo(60);
        sent[44].ShouldBeLessThan(150);
    }

    [Fact]
    public async Task All_chats_together_get_thirty_a_second()
    {
        var sent = await SendAsync(Enumerable.Range(1, 95).Select(i => (long)i));

        for (var i = 30; i < sent.Count; i++)
            (sent[i] - sent[i - 30]).ShouldBeGreaterThanOrEqualTo(1);
        sent[94].ShouldBe(3);
    }

    [Fact]
    public async Task A_waiting_chat_does_not_hold_up_the_others()
    {
        await SendAsync(Enumerable.Repeat(5L, 3));
        var waiting = pacer.WaitAsync(5, CancellationToken.None);

        await pacer.WaitAsync(6, CancellationToken.None);

        waiting.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task After_retry_after_nothing_goes_to_the_chat_before_even_if_it_was_waiting_already()
    {
        await SendAsync(Enumerable.Repeat(5L, 3));
        var waiting = pacer.WaitAsync(5, CancellationToken.None);
        pacer.Block(5, TimeSpan.FromSeconds(30));

        await AdvanceAsync(TimeSpan.FromSeconds(29));
        waiting.IsCompleted.ShouldBeFalse();
        await AdvanceAsync(TimeSpan.FromSeconds(2));

        await waiting;
    }

    [Fact]
    public async Task Waiting_ends_with_its_cancellation()
    {
        await SendAsync(Enumerable.Repeat(5L, 3));
        using var cancelled = new CancellationTokenSource();
        var waiting = pacer.WaitAsync(5, cancelled.Token);
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => waiting);
    }

    /// <summary>The whole seconds at which each was allowed.</summary>
    private async Task<List<double>> SendAsync(IEnumerable<long> chats)
    {
        var start = time.GetUtcNow();
        var sent = new List<double>();
        foreach (var chat in chats)
        {
            var turn = pacer.WaitAsync(chat, CancellationToken.None);
            while (!turn.IsCompleted)
                await AdvanceAsync(TimeSpan.FromMilliseconds(500));
            sent.Add((time.GetUtcNow() - start).TotalSeconds);
        }

        return sent;
    }

    private async Task AdvanceAsync(TimeSpan step)
    {
        time.Advance(step);
        await Task.Delay(1);
    }
}
