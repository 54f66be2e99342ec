using Hatcheck.Tests.Webhooks;

// Suites that always run on a schema in partitions by tenant. HATCHECK_TEST_PARTITIONS=8 does so for all on PostgreSQL.
namespace Hatcheck.Tests.Storage;

public sealed class IsolationInPartitions(OnPartitionedPostgres database)
    : IsolationTests(database),
        IClassFixture<OnPartitionedPostgres>;

public sealed class PlansInPartitions(OnPartitionedPostgres database) : PlanTests(database), IClassFixture<OnPartitionedPostgres>;

public sealed class InboxInPartitions(OnPartitionedPostgres database)
    : InboxTests(database),
        IClassFixture<OnPartitionedPostgres>;
