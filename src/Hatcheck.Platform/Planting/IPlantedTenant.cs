namespace Hatcheck.Platform.Planting;

/// <summary>
/// The tenant that the leak drill plants in. What it makes up is a canary: searched for everywhere from then on. Each is
/// named by its place, such as <c>createUser body email</c>.
/// </summary>
internal interface IPlantedTenant
{
    string Name { get; }

    /// <summary>The ids of the users made so far; the first is the one in whom everything is planted.</summary>
    IReadOnlyList<string> Users { get; }

    /// <summary>The index values of planted ids.</summary>
    IReadOnlyList<string> IndexValues { get; }

    /// <summary>A secret that an answer gave last, by its member: <c>refresh_token</c>.</summary>
    string Learned(string member);

    string Text(string place);

    /// <summary>Printable ASCII only.</summary>
    string Ascii(string place);

    string Email(string place);

    string Phone(string place);

    /// <summary>A messenger identity that is new, as this tenant gives them: an id, or its hash.</summary>
    PlantedRequest NewIdentity(string operation, string channel);

    /// <summary>The messenger identity of a user who is there.</summary>
    PlantedRequest KnownIdentity();
}
