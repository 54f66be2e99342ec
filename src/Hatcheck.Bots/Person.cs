namespace Hatcheck.Bots;

/// <summary>The person who wrote or pressed, as Telegram identifies them.</summary>
public sealed class Person
{
    internal Person(long id, string firstName, string? languageCode)
    {
        Id = id;
        FirstName = firstName;
        LanguageCode = languageCode;
    }

    /// <summary>The person's Telegram id. Give it to Hatcheck only; never log it.</summary>
    public long Id { get; }

    /// <summary>The first name as the person typed it: any text, escape it.</summary>
    public string FirstName { get; }

    /// <summary>The language of the person's app, as IETF tag; null if Telegram does not say.</summary>
    public string? LanguageCode { get; }

    /// <summary>Masked.</summary>
    public override string ToString() => "***";
}
