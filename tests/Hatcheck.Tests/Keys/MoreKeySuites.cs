using Hatcheck.ServerKit.Outbox;
using Hatcheck.Tests.Outbox;
using Hatcheck.Tests.Webhooks;

// Suites that always run with several keys of each user, member and tenant. HATCHECK_TEST_SECOND_KEY=1 does so for all.
namespace Hatcheck.Tests.Keys;

public sealed class InboxWithMoreKeys(OnPostgresWithMoreKeys database)
    : InboxTests(database),
        IClassFixture<OnPostgresWithMoreKeys>;

public sealed class OutboxWithMoreKeys(OnSqliteUnsentWithMoreKeys database)
    : OutboxTests(database),
        IClassFixture<OnSqliteUnsentWithMoreKeys>;
