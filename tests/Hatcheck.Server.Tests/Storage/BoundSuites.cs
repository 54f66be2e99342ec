using Hatcheck.Server.Tests.Limits;
using Hatcheck.Server.Tests.Preferences;
using Hatcheck.Server.Tests.Profiles;
using Hatcheck.Server.Tests.Support;
using Hatcheck.Server.Tests.Usage;
using Hatcheck.Server.Tests.Users;
using Hatcheck.Server.Tests.Webhooks;

// What every run does with Database:TenantBinding=transaction.
// HATCHECK_TEST_TENANT_BINDING=transaction does it with all classes on PostgreSQL.
namespace Hatcheck.Server.Tests.Storage;

public sealed class IsolationInTransactions(OnBoundPostgres database)
    : IsolationTests(database), IClassFixture<OnBoundPostgres>;

public sealed class ResolveInTransactions(OnBoundPostgres database)
    : ResolveTests(database), IClassFixture<OnBoundPostgres>;

public sealed class ConcurrencyInTransactions(OnBoundPostgres database)
    : ConcurrencyTests(database), IClassFixture<OnBoundPostgres>;

public sealed class PreferencesInTransactions(OnBoundPostgres database)
    : PreferenceTests(database), IClassFixture<OnBoundPostgres>;

public sealed class UsageInTransactions(OnBoundPostgres database)
    : UsageTests(database), IClassFixture<OnBoundPostgres>;

public sealed class PermitsInTransactions(OnBoundPostgres database, ITestOutputHelper output)
    : PermitTests(database, output), IClassFixture<OnBoundPostgres>;

public sealed class InboxBatchesInTransactions(OnBoundPostgres database)
    : InboxBatchTests(database), IClassFixture<OnBoundPostgres>;
