using Hatcheck.Access.Tests.Sessions;

// The suites that always also run on a schema partitioned by tenant. HATCHECK_TEST_PARTITIONS=8 runs all classes on
// PostgreSQL so.
namespace Hatcheck.Access.Tests;

public sealed class SessionsInPartitions(OnPartitionedPostgres database)
    : SessionTests(database),
        IClassFixture<OnPartitionedPostgres>;
