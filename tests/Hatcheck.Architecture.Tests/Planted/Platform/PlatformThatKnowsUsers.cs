using Hatcheck.Architecture.Tests.Planted.Users;

namespace Hatcheck.Architecture.Tests.Planted.Platform;

internal static class PlatformThatKnowsUsers
{
    public static bool Knows(object thing) => thing is UserRow;
}
