using Hatcheck.Architecture.Tests.Planted.Users;

namespace Hatcheck.Architecture.Tests.Planted.Orders;

// Each class names the capability Users in one way only; EdgeTests must catch each.
internal sealed class InAField
{
    public UserRow? Row { get; set; }
}

internal static class InABody
{
    public static string Name() => UserRow.Find().Name;
}

internal static class InALambda
{
    public static Func<string> Name() => () => UserRow.Find().Name;
}

internal static class InAnAsyncMethod
{
    public static async Task<int> NameAsync()
    {
        await Task.Yield();
        return UserRow.Find().Name.Length;
    }
}

internal static class AsATypeArgument
{
    public static int Count() => new List<UserRow>().Count;
}

[UserRow]
internal static class AsAnAttribute;
