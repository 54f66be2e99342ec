using System.Diagnostics;
using System.Globalization;

namespace Hatcheck.Crypto.Bench;

/// <summary>
/// Seals and opens 200 bytes here and with Python's Fernet, in turns on one core, and prints how many times faster this
/// is. CPU time counts, not the wall clock, so that neighbours on the machine disturb neither side.
/// </summary>
internal static class AgainstFernet
{
    private const int Batch = 2000;

    public static void Run(double seconds, int rounds)
    {
        // Children inherit the core.
        using var self = Process.GetCurrentProcess();
        if (OperatingSystem.IsLinux() || OperatingSystem.IsWindows())
            self.ProcessorAffinity = 1;
        using var key = DataKey.Create(1);
        var plain = Sample.Plain();
        var cell = Cell.Seal(key, Sample.Address, plain);
        void Seal() => Cell.Seal(key, Sample.Address, plain);
        void Open() => Cell.Open(key, Sample.Address, cell).Dispose();

        // Until the JIT has settled.
        Measure(self, Seal, 1);
        Measure(self, Open, 1);

        Console.WriteLine("µs of CPU an operation, 200 bytes, one core");
        Console.WriteLine("round: seal, open, sum | Fernet: seal, open, sum | ratio: seal, open, sum");
        var ratios = new List<(double Seal, double Open, double Sum)>();
        for (var round = 1; round <= rounds; round++)
        {
            var seal = Measure(self, Seal, seconds / 2);
            var open = Measure(self, Open, seconds / 2);
            var (fernetSeal, fernetOpen) = Python(seconds);
            var ratio = (Seal: fernetSeal / seal, Open: fernetOpen / open, Sum: (fernetSeal + fernetOpen) / (seal + open));
            ratios.Add(ratio);
            double[] row =
            [
                seal,
                open,
                seal + open,
                fernetSeal,
                fernetOpen,
                fernetSeal + fernetOpen,
                ratio.Seal,
                ratio.Open,
                ratio.Sum,
            ];
            Console.WriteLine($"{round} " + string.Join(' ', row.Select(figure => $"{figure:F2}".PadLeft(8))));
        }

        Console.WriteLine(
            $"median ratio: seal {Median(ratios.Select(r => r.Seal)):F2}, open {Median(ratios.Select(r => r.Open)):F2}, seal "
                + $"+ open {Median(ratios.Select(r => r.Sum)):F2}"
        );
    }

    private static double Measure(Process self, Action operation, double seconds)
    {
        var count = 0;
        self.Refresh();
        var start = self.TotalProcessorTime;
        var spent = TimeSpan.Zero;
        while (spent.TotalSeconds < seconds)
        {
            for (var i = 0; i < Batch; i++)
                operation();
            count += Batch;
            self.Refresh();
            spent = self.TotalProcessorTime - start;
        }

        return spent.TotalMicroseconds / count;
    }

    private static (double Seal, double Open) Python(double seconds)
    {
        var start = new ProcessStartInfo("/usr/bin/python3")
        {
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "fernet.py"),
                seconds.ToString(CultureInfo.InvariantCulture),
            },
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var python = Process.Start(start) ?? throw new InvalidOperationException("python3 did not start.");
        var words = python.StandardOutput.ReadToEnd().Split();
        python.WaitForExit();
        if (python.ExitCode != 0)
            throw new InvalidOperationException("Python's side failed; it needs: apt install python3-cryptography");
        return (double.Parse(words[0], CultureInfo.InvariantCulture), double.Parse(words[1], CultureInfo.InvariantCulture));
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
