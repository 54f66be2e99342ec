using BenchmarkDotNet.Running;
using Hatcheck.Crypto.Bench;

if (args is ["--vs-fernet", .. var rest])
{
    AgainstFernet.Run(seconds: rest.Length > 0 ? double.Parse(rest[0]) : 2, rounds: rest.Length > 1 ? int.Parse(rest[1]) : 7);
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(CellBenchmarks).Assembly).Run(args);
