namespace Hatcheck.Architecture.Tests.Planted.Users;

/// <summary>The type that the planted violations name.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class UserRow : Attribute
{
    public string Name { get; init; } = "";

    public static UserRow Find() => new();
}
