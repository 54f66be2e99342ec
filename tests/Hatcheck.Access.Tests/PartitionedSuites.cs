using Hatcheck.Access.Tests.Sessions;

// What every run does on a schema in partitions by tenant. HATCHECK_TEST_PARTITIONS=8 does it with all classes on PostgreSQL.
namespace Hatcheck.Access.Tests;

public sealed class SessionsInPartitions(OnPartitionedPostgres database)
    : SessionTests(database),
        IClassFixture<OnPartitionedPostgres>;
