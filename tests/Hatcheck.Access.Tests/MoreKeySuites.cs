using Hatcheck.Access.Tests.Sessions;

// The suites that always also run with several keys per user, member and tenant. HATCHECK_TEST_SECOND_KEY=1 runs all
// classes so.
namespace Hatcheck.Access.Tests;

public sealed class SessionsWithMoreKeys(OnSqliteWithMoreKeys database)
    : SessionTests(database),
        IClassFixture<OnSqliteWithMoreKeys>;

public sealed class MemberSessionsWithMoreKeys(OnSqliteWithMoreKeys database)
    : MemberSessionTests(database),
        IClassFixture<OnSqliteWithMoreKeys>;

public sealed class StaffWithMoreKeys(OnSqliteWithMoreKeys database) : StaffTests(database), IClassFixture<OnSqliteWithMoreKeys>;
