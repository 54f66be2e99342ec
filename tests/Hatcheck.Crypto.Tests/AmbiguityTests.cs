using FsCheck;
using FsCheck.Fluent;

namespace Hatcheck.Crypto.Tests;

/// <summary>Fields that concatenate to the same text must still differ.</summary>
public sealed class AmbiguityTests
{
    private static Config Settings { get; } = Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(20261122, 7);

    /// <summary>A text of 3 to 60 ASCII characters, and two different places to cut it in two.</summary>
    private static Arbitrary<(string Text, int First, int Second)> Cuts { get; } =
        (
            from text in ArbMap
                .Default.GeneratorFor<byte>()
                .Select(b => (char)(32 + (b % 95)))
                .ArrayOf()
                .Where(a => a.Length is >= 3 and <= 60)
            from first in Gen.Choose(1, text.Length - 1)
            from second in Gen.Choose(1, text.Length - 1).Where(s => s != first)
            select (new string(text), first, second)
        ).ToArbitrary();

    [Fact]
    public void Table_and_column_cut_elsewhere_are_another_place()
    {
        using var key = Sample.Key();
        Prop.ForAll(
                Cuts,
                cut =>
                {
                    var sealedAt = Sample.Address with { Table = cut.Text[..cut.First], Column = cut.Text[cut.First..] };
                    var openedAt = Sample.Address with { Table = cut.Text[..cut.Second], Column = cut.Text[cut.Second..] };
                    var cell = Cell.Seal(key, sealedAt, [1, 2, 3]);
                    Cell.Open(key, sealedAt, cell).Dispose();
                    Should.Throw<CannotOpenException>(() => Cell.Open(key, openedAt, cell));
                }
            )
            .Check(Settings);
    }

    [Fact]
    public void Label_channel_kind_and_id_cut_elsewhere_have_another_index()
    {
        using var bytes = Sample.KeyBytes();
        using var key = new BlindIndexKey(bytes, 1, BlindIndexKey.LabelledScheme);
        Prop.ForAll(
                Cuts,
                cut =>
                {
                    var (a, b) = (cut.Text[..cut.First], cut.Text[cut.First..]);
                    var (c, d) = (cut.Text[..cut.Second], cut.Text[cut.Second..]);
                    (key.Compute("telegram", a, b) == key.Compute("telegram", c, d)).ShouldBeFalse();
                    (key.Compute(a, b, "1") == key.Compute(c, d, "1")).ShouldBeFalse();
                    (key.Compute(b, "user", "1", label: a) == key.Compute(d, "user", "1", label: c)).ShouldBeFalse();
                }
            )
            .Check(Settings);
    }
}
