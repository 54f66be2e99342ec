namespace Hatcheck.Platform.Planting;

/// <summary>
/// The tenant that the leak drill fills. Every value it generates is a canary, searched for everywhere from then on. Each
/// is named by its place, such as <c>createUser body email</c>.
/// </summary>
internal interface IPlantedTenant
{
    string Name { get; }

    /// <summary>The ids of the users created so far; the first one receives all planted data.</summary>
    IReadOnlyList<string> Users { get; }

    /// <summary>The index values of planted ids.</summary>
    IReadOnlyList<string> IndexValues { get; }

    /// <summary>The secret that a response returned last, by its member: <c>refresh_token</c>.</summary>
    string Learned(string member);

    string Text(string place);

    /// <summary>Printable ASCII only.</summary>
    string Ascii(string place);

    string Email(string place);

    string Phone(string place);

    /// <summary>A new messenger identity in this tenant's form: an id, or its hash.</summary>
    PlantedRequest NewIdentity(string operation, string channel);

    /// <summary>The messenger identity of an existing user.</summary>
    PlantedRequest KnownIdentity();
}
