using Hatcheck.People.Tests.Preferences;
using Hatcheck.People.Tests.Profiles;
using Hatcheck.People.Tests.Usage;
using Hatcheck.People.Tests.Users;

// The suites that always also run with Database:TenantBinding=transaction. HATCHECK_TEST_TENANT_BINDING=transaction runs
// all classes on PostgreSQL so.
namespace Hatcheck.People.Tests;

public sealed class ResolveInTransactions(OnBoundPostgres database) : ResolveTests(database), IClassFixture<OnBoundPostgres>;

public sealed class ConcurrencyInTransactions(OnBoundPostgres database)
    : ConcurrencyTests(database),
        IClassFixture<OnBoundPostgres>;

public sealed class PreferencesInTransactions(OnBoundPostgres database)
    : PreferenceTests(database),
        IClassFixture<OnBoundPostgres>;

public sealed class UsageInTransactions(OnBoundPostgres database) : UsageTests(database), IClassFixture<OnBoundPostgres>;
