using Hatcheck.Simulator.Wire;

namespace Hatcheck.Simulator.World;

internal abstract record Joined
{
    public sealed record Welcome(Person Person) : Joined;

    public sealed record Refused(string Why) : Joined;
}

/// <summary>Holds all people. Ada exists from the start, so that the page is not empty.</summary>
internal sealed class People
{
    /// <summary>Telegram's ids have at most 52 significant bits.</summary>
    public const long MaxId = (1L << 52) - 1;

    private const int MaxName = 64;
    private readonly Lock gate = new();
    private readonly int most;
    private readonly List<Person> all = [new Person(5_839_204_117, "Ada", "ada_okonkwo", "en")];
    private readonly Random random = new(20_260_611);

    public People(int most) => this.most = most;

    public IReadOnlyList<Person> All
    {
        get
        {
            lock (gate)
                return all.ToArray();
        }
    }

    public Person? Find(long id)
    {
        lock (gate)
            return all.Find(p => p.Id == id);
    }

    public Joined Add(NewPerson wanted)
    {
        if (string.IsNullOrWhiteSpace(wanted.FirstName) || wanted.FirstName.Length > MaxName)
            return new Joined.Refused($"first_name: 1 to {MaxName} characters");
        if (wanted.Id is < 1 or > MaxId)
            return new Joined.Refused("id: 1 to 2^52 - 1");
        if (
            wanted.Username is { } name
            && (name.Length is < 4 or > 32 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        )
            return new Joined.Refused("username: 4 to 32 of A-Z, a-z, 0-9 and _");
        if (wanted.LanguageCode is { Length: < 2 or > 10 })
            return new Joined.Refused("language_code: an IETF tag such as \"en\"");
        lock (gate)
        {
            if (all.Count >= most)
                return new Joined.Refused($"there are {most} people already");
            if (wanted.Id is { } id && all.Exists(p => p.Id == id))
                return new Joined.Refused("id: already taken");
            var person = new Person(wanted.Id ?? FreeId(), wanted.FirstName, wanted.Username, wanted.LanguageCode ?? "en");
            all.Add(person);
            return new Joined.Welcome(person);
        }
    }

    /// <summary>Returns a free id of ten digits, as new accounts have.</summary>
    private long FreeId()
    {
        while (true)
        {
            var id = random.NextInt64(1_000_000_000, 9_000_000_000);
            if (!all.Exists(p => p.Id == id))
                return id;
        }
    }
}
