using Hatcheck.Tests.Limits;
using Hatcheck.Tests.Webhooks;

// Suites that always run with Database:TenantBinding=transaction.
// HATCHECK_TEST_TENANT_BINDING=transaction does so for all classes on PostgreSQL.
namespace Hatcheck.Tests.Storage;

public sealed class IsolationInTransactions(OnBoundPostgres database) : IsolationTests(database), IClassFixture<OnBoundPostgres>;

public sealed class PermitsInTransactions(OnBoundPostgres database, ITestOutputHelper output)
    : PermitTests(database, output),
        IClassFixture<OnBoundPostgres>;

public sealed class InboxBatchesInTransactions(OnBoundPostgres database)
    : InboxBatchTests(database),
        IClassFixture<OnBoundPostgres>;
