using System.Globalization;

namespace Hatcheck.TestKit;

/// <summary>
/// How often a fault test kills, cuts off or stops its subject: 5 times by default, and
/// <c>HATCHECK_TEST_FAULT_ROUNDS</c> times in the long run (<c>bench/faults.sh</c>).
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
