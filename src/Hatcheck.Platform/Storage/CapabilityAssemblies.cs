using System.Reflection;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Hatcheck.Platform.Storage;

/// <summary>The assemblies that capabilities lie in: their table classes and scripts are read from these.</summary>
internal sealed class CapabilityAssemblies(IReadOnlyList<Assembly> all) : IDbContextOptionsExtension
{
    /// <summary>This one first, each once.</summary>
    public IReadOnlyList<Assembly> All => all;

    public DbContextOptionsExtensionInfo Info => new Facts(this);

    public static CapabilityAssemblies Of(IEnumerable<Capability> capabilities) =>
        new([.. capabilities.Select(one => one.GetType().Assembly).Prepend(typeof(CapabilityAssemblies).Assembly).Distinct()]);

    public void ApplyServices(IServiceCollection services) { }

    public void Validate(IDbContextOptions options) { }

    // Contexts of other assemblies have another model, which is cached apart.
    private sealed class Facts(CapabilityAssemblies assemblies) : DbContextOptionsExtensionInfo(assemblies)
    {
        public override bool IsDatabaseProvider => false;

        public override string LogFragment => "";

        private IReadOnlyList<Assembly> All => assemblies.All;

        public override int GetServiceProviderHashCode() => All.Count;

        public override bool ShouldUseSameServiceProvider(DbContextOptionsExtensionInfo other) =>
            other is Facts facts && facts.All.SequenceEqual(All);

        public override void PopulateDebugInfo(IDictionary<string, string> debugInfo) { }
    }
}
