using System.Reflection;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Hatcheck.Platform.Storage;

/// <summary>The assemblies of the capabilities: their table classes and migration scripts are loaded from these.</summary>
internal sealed class CapabilityAssemblies(IReadOnlyList<Assembly> all) : IDbContextOptionsExtension
{
    /// <summary>This assembly first, each once.</summary>
    public IReadOnlyList<Assembly> All => all;

    public DbContextOptionsExtensionInfo Info => new Facts(this);

    public static CapabilityAssemblies Of(IEnumerable<Capability> capabilities) =>
        new([.. capabilities.Select(one => one.GetType().Assembly).Prepend(typeof(CapabilityAssemblies).Assembly).Distinct()]);

    public void ApplyServices(IServiceCollection services) { }

    public void Validate(IDbContextOptions options) { }

    // Contexts with other assemblies have another model, which EF Core caches separately.
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
