using Hatcheck.Access.Tests.Sessions;

// What every run does with several keys of each user, member and tenant. HATCHECK_TEST_SECOND_KEY=1 does it with all classes.
namespace Hatcheck.Access.Tests;

public sealed class SessionsWithMoreKeys(OnSqliteWithMoreKeys database)
    : SessionTests(database),
        IClassFixture<OnSqliteWithMoreKeys>;

public sealed class MemberSessionsWithMoreKeys(OnSqliteWithMoreKeys database)
    : MemberSessionTests(database),
        IClassFixture<OnSqliteWithMoreKeys>;

public sealed class StaffWithMoreKeys(OnSqliteWithMoreKeys database) : StaffTests(database), IClassFixture<OnSqliteWithMoreKeys>;
