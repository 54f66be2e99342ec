using System.Globalization;

namespace Hatcheck.TestKit;

/// <summary>
/// How often a test of faults kills, cuts or stops what it looks at: a few times in <c>./test</c>, and as often as
/// <c>HATCHECK_TEST_FAULT_ROUNDS</c> says in the long run (<c>bench/faults.sh</c>).
/// </summary>
public static class FaultRounds
{
    public static int Count { get; } =
        int.TryParse(
            Environment.GetEnvironmentVariable("HATCHECK_TEST_FAULT_ROUNDS"),
            CultureInfo.InvariantCulture,
            out var asked
        )
            ? asked
            : 5;
}
