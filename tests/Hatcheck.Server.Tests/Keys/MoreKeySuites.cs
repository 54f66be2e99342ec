using Hatcheck.Server.Tests.Access;
using Hatcheck.Server.Tests.Access.Sessions;
using Hatcheck.Server.Tests.Outbox;
using Hatcheck.Server.Tests.Preferences;
using Hatcheck.Server.Tests.Privacy;
using Hatcheck.Server.Tests.Profiles;
using Hatcheck.Server.Tests.Rotation;
using Hatcheck.Server.Tests.Support;
using Hatcheck.Server.Tests.Usage;
using Hatcheck.Server.Tests.Users;
using Hatcheck.Server.Tests.Webhooks;

// What every run does with several keys of each user, member and tenant. HATCHECK_TEST_SECOND_KEY=1 does it with all classes.
namespace Hatcheck.Server.Tests.Keys;

public sealed class LinkingWithMoreKeys(OnSqliteWithMoreKeys database)
    : LinkingTests(database), IClassFixture<OnSqliteWithMoreKeys>;

public sealed class MergingWithMoreKeys(OnPostgresWithMoreKeys database)
    : MergingTests(database), IClassFixture<OnPostgresWithMoreKeys>;

public sealed class ProfilesWithMoreKeys(OnPostgresWithMoreKeys database)
    : ProfileTests(database), IClassFixture<OnPostgresWithMoreKeys>;

public sealed class MergedProfilesWithMoreKeys(OnSqliteWithMoreKeys database)
    : MergedProfileTests(database), IClassFixture<OnSqliteWithMoreKeys>;

public sealed class PreferencesWithMoreKeys(OnPostgresWithMoreKeys database)
    : PreferenceTests(database), IClassFixture<OnPostgresWithMoreKeys>;

public sealed class PreferencePrivacyWithMoreKeys(OnSqliteWithMoreKeys database)
    : PreferencePrivacyTests(database), IClassFixture<OnSqliteWithMoreKeys>;

public sealed class UsageWithMoreKeys(OnSqliteWithMoreKeys database)
    : UsageTests(database), IClassFixture<OnSqliteWithMoreKeys>;

public sealed class SessionsWithMoreKeys(OnSqliteWithMoreKeys database)
    : SessionTests(database), IClassFixture<OnSqliteWithMoreKeys>;

public sealed class MemberSessionsWithMoreKeys(OnSqliteWithMoreKeys database)
    : MemberSessionTests(database), IClassFixture<OnSqliteWithMoreKeys>;

public sealed class StaffWithMoreKeys(OnSqliteWithMoreKeys database)
    : StaffTests(database), IClassFixture<OnSqliteWithMoreKeys>;

public sealed class InboxWithMoreKeys(OnPostgresWithMoreKeys database)
    : InboxTests(database), IClassFixture<OnPostgresWithMoreKeys>;

public sealed class OutboxWithMoreKeys(OnSqliteUnsentWithMoreKeys database)
    : OutboxTests(database), IClassFixture<OnSqliteUnsentWithMoreKeys>;

public sealed class ErasureWithMoreKeys(OnSqliteWithMoreKeys database)
    : ErasureTests(database), IClassFixture<OnSqliteWithMoreKeys>;

public sealed class RotationWithMoreKeys(OnSqliteWithMoreKeys database)
    : RotationTests(database), IClassFixture<OnSqliteWithMoreKeys>;
