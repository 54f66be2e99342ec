using Hatcheck.Simulator.Wire;

namespace Hatcheck.Simulator.World;

/// <summary>A person who can write to the bots.</summary>
internal sealed record Person(long Id, string FirstName, string? Username, string LanguageCode)
{
    public User ToUser() => new(Id, IsBot: false, FirstName, Username, LanguageCode);

    public Chat ToChat() => new(Id, "private", Username: Username, FirstName: FirstName);

    public PagePerson ToPage() => new(Id, FirstName, Username, LanguageCode);
}
