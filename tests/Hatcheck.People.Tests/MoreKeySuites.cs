using Hatcheck.People.Tests.Preferences;
using Hatcheck.People.Tests.Privacy;
using Hatcheck.People.Tests.Profiles;
using Hatcheck.People.Tests.Rotation;
using Hatcheck.People.Tests.Usage;
using Hatcheck.People.Tests.Users;

// The suites that always also run with several keys per user, member and tenant. HATCHECK_TEST_SECOND_KEY=1 runs all
// classes so.
namespace Hatcheck.People.Tests;

public sealed class LinkingWithMoreKeys(OnSqliteWithMoreKeys database)
    : LinkingTests(database),
        IClassFixture<OnSqliteWithMoreKeys>;

public sealed class MergingWithMoreKeys(OnPostgresWithMoreKeys database)
    : MergingTests(database),
        IClassFixture<OnPostgresWithMoreKeys>;

public sealed class ProfilesWithMoreKeys(OnPostgresWithMoreKeys database)
    : ProfileTests(database),
        IClassFixture<OnPostgresWithMoreKeys>;

public sealed class MergedProfilesWithMoreKeys(OnSqliteWithMoreKeys database)
    : MergedProfileTests(database),
        IClassFixture<OnSqliteWithMoreKeys>;

public sealed class PreferencesWithMoreKeys(OnPostgresWithMoreKeys database)
    : PreferenceTests(database),
        IClassFixture<OnPostgresWithMoreKeys>;

public sealed class PreferencePrivacyWithMoreKeys(OnSqliteWithMoreKeys database)
    : PreferencePrivacyTests(database),
        IClassFixture<OnSqliteWithMoreKeys>;

public sealed class UsageWithMoreKeys(OnSqliteWithMoreKeys database) : UsageTests(database), IClassFixture<OnSqliteWithMoreKeys>;

public sealed class ErasureWithMoreKeys(OnSqliteWithMoreKeys database)
    : ErasureTests(database),
        IClassFixture<OnSqliteWithMoreKeys>;

public sealed class RotationWithMoreKeys(OnSqliteWithMoreKeys database)
    : RotationTests(database),
        IClassFixture<OnSqliteWithMoreKeys>;
