using Hatcheck.People.Tests.Preferences;
using Hatcheck.People.Tests.Privacy;
using Hatcheck.People.Tests.Profiles;
using Hatcheck.People.Tests.Usage;
using Hatcheck.People.Tests.Users;

// The suites that always also run on a schema partitioned by tenant. HATCHECK_TEST_PARTITIONS=8 runs all classes on
// PostgreSQL so.
namespace Hatcheck.People.Tests;

public sealed class ResolveInPartitions(OnPartitionedPostgres database)
    : ResolveTests(database),
        IClassFixture<OnPartitionedPostgres>;

public sealed class LookUpInPartitions(OnPartitionedPostgres database)
    : LookUpTests(database),
        IClassFixture<OnPartitionedPostgres>;

public sealed class MergingInPartitions(OnPartitionedPostgres database)
    : MergingTests(database),
        IClassFixture<OnPartitionedPostgres>;

public sealed class ProfilesInPartitions(OnPartitionedPostgres database)
    : ProfileTests(database),
        IClassFixture<OnPartitionedPostgres>;

public sealed class PreferencesInPartitions(OnPartitionedPostgres database)
    : PreferenceTests(database),
        IClassFixture<OnPartitionedPostgres>;

public sealed class UsageInPartitions(OnPartitionedPostgres database)
    : UsageTests(database),
        IClassFixture<OnPartitionedPostgres>;

public sealed class ErasureInPartitions(OnPartitionedPostgres database)
    : ErasureTests(database),
        IClassFixture<OnPartitionedPostgres>;
