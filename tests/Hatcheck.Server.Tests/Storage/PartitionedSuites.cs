using Hatcheck.Server.Tests.Access.Sessions;
using Hatcheck.Server.Tests.Preferences;
using Hatcheck.Server.Tests.Privacy;
using Hatcheck.Server.Tests.Profiles;
using Hatcheck.Server.Tests.Support;
using Hatcheck.Server.Tests.Usage;
using Hatcheck.Server.Tests.Users;
using Hatcheck.Server.Tests.Webhooks;

// What every run does on a schema in partitions by tenant. HATCHECK_TEST_PARTITIONS=8 does it with all classes on PostgreSQL.
namespace Hatcheck.Server.Tests.Storage;

public sealed class IsolationInPartitions(OnPartitionedPostgres database)
    : IsolationTests(database), IClassFixture<OnPartitionedPostgres>;

public sealed class PlansInPartitions(OnPartitionedPostgres database)
    : PlanTests(database), IClassFixture<OnPartitionedPostgres>;

public sealed class ResolveInPartitions(OnPartitionedPostgres database)
    : ResolveTests(database), IClassFixture<OnPartitionedPostgres>;

public sealed class LookUpInPartitions(OnPartitionedPostgres database)
    : LookUpTests(database), IClassFixture<OnPartitionedPostgres>;

public sealed class MergingInPartitions(OnPartitionedPostgres database)
    : MergingTests(database), IClassFixture<OnPartitionedPostgres>;

public sealed class ProfilesInPartitions(OnPartitionedPostgres database)
    : ProfileTests(database), IClassFixture<OnPartitionedPostgres>;

public sealed class PreferencesInPartitions(OnPartitionedPostgres database)
    : PreferenceTests(database), IClassFixture<OnPartitionedPostgres>;

public sealed class SessionsInPartitions(OnPartitionedPostgres database)
    : SessionTests(database), IClassFixture<OnPartitionedPostgres>;

public sealed class UsageInPartitions(OnPartitionedPostgres database)
    : UsageTests(database), IClassFixture<OnPartitionedPostgres>;

public sealed class InboxInPartitions(OnPartitionedPostgres database)
    : InboxTests(database), IClassFixture<OnPartitionedPostgres>;

public sealed class ErasureInPartitions(OnPartitionedPostgres database)
    : ErasureTests(database), IClassFixture<OnPartitionedPostgres>;
