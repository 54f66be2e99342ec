using FsCheck;
using FsCheck.Fluent;
using Hatcheck.Bots.Updates;

namespace Hatcheck.Bots.Tests;

public sealed class OffsetLedgerTests
{
    private readonly OffsetLedger ledger = new();

    [Fact]
    public void Nothing_is_confirmed_before_anything_came() => ledger.OffsetToConfirm.ShouldBeNull();

    [Fact]
    public void Only_what_is_handled_without_a_gap_is_confirmed()
    {
        foreach (var id in new long[] { 5, 6, 7 })
            ledger.Admit(id);

        ledger.Handled(6);
        ledger.OffsetToConfirm.ShouldBe(5);
        ledger.Handled(5);
        ledger.OffsetToConfirm.ShouldBe(7);
        ledger.Handled(7);
        ledger.OffsetToConfirm.ShouldBe(8);
        ledger.HasOpen.ShouldBeFalse();
    }

    [Fact]
    public void An_offset_is_sent_once()
    {
        ledger.Admit(5);
        ledger.Handled(5);
        ledger.Confirmed(6);

        ledger.OffsetToConfirm.ShouldBeNull();
    }

    [Fact]
    public void Lower_ids_after_a_quiet_week_are_taken_and_confirmed()
    {
        ledger.Admit(5_000);
        ledger.Handled(5_000);
        ledger.Confirmed(5_001);

        ledger.Admit(17).ShouldBeTrue();
        ledger.Handled(17);
        ledger.OffsetToConfirm.ShouldBe(18);
    }

    [Fact]
    public void A_repeated_update_is_not_handled_twice_but_confirmed_again()
    {
        ledger.Admit(5).ShouldBeTrue();
        ledger.Admit(5).ShouldBeFalse();
        ledger.Handled(5);
        ledger.Confirmed(6);

        ledger.Admit(5).ShouldBeFalse();
        ledger.OffsetToConfirm.ShouldBe(6);
    }

    [Fact]
    public void In_any_order_of_handling_no_open_update_is_ever_confirmed_and_in_the_end_all_are()
    {
        Prop.ForAll(
                Gen.Shuffle(Enumerable.Range(1, 30).Select(i => (long)i).ToArray()).ToArbitrary(),
                order =>
                {
                    var own = new OffsetLedger();
                    foreach (var id in order)
                        own.Admit(id);
                    var open = order.ToHashSet();
                    foreach (var id in order.Reverse())
                    {
                        own.Handled(id);
                        open.Remove(id);
                        if (own.OffsetToConfirm is { } offset)
                        {
                            if (open.Any(o => o < offset))
                                return false;
                            own.Confirmed(offset);
                        }
                    }

                    return own.OffsetToConfirm is null && !own.HasOpen;
                }
            )
            .QuickCheckThrowOnFailure();
    }
}
