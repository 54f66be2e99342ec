using Hatcheck.Drill.Search;
using Hatcheck.Drill.Sinks;
using Hatcheck.Platform.Planting;

namespace Hatcheck.Drill.Planting;

/// <summary>A tenant for capabilities to plant in: every value created here is a canary.</summary>
internal sealed class PlantedValues(PlantedTenant tenant, CanaryBook book) : IPlantedTenant
{
    private const string Resolving = "resolveUser";

    public string Name => tenant.Name;

    public IReadOnlyList<string> Users => tenant.People;

    public IReadOnlyList<string> IndexValues => tenant.IndexValues;

    public string Learned(string member) => tenant.Learned[member];

    public string Text(string place) => book.Text($"{place} of {tenant.Name}", tenant.Name);

    public string Ascii(string place) => book.Text($"{place} of {tenant.Name}", tenant.Name, isAscii: true);

    public string Email(string place)
    {
        var email = $"{CanaryBook.Word(20)}@{CanaryBook.Word(12)}.example";
        book.Add(Canary.Of($"{place} of {tenant.Name}", email, tenant.Name));
        return email;
    }

    public string Phone(string place) => book.Phone($"{place} of {tenant.Name}", tenant.Name);

    public PlantedRequest NewIdentity(string operation, string channel)
    {
        var (kind, name) = channel == "telegram" ? ("user", "Telegram id") : ("phone", "phone number");
        var label = Label(operation, name);
        var id = channel == "telegram" ? book.TelegramId(label, tenant.Name) : book.Phone(label, tenant.Name);
        var hash = tenant.Index.Compute(channel, kind, id);
        tenant.IndexValues.Add(hash);
        // The index value is stored in place of the id, and may be nowhere else.
        book.Add(
            Canary.Of(
                $"{operation}: index value of the {name} of {tenant.Name}",
                hash,
                tenant.Name,
                new(SinkNames.Rows, "identities."),
                new(SinkNames.Rows, "pg_catalog.pg_statistic"),
                new(SinkNames.Files),
                new(SinkNames.WriteAhead)
            )
        );
        return tenant.IsBlindOnly ? Hash(channel, hash) : Id(channel, id);
    }

    // The user resolved before: a look-up finds no other.
    public PlantedRequest KnownIdentity() =>
        tenant.IsBlindOnly
            ? Hash("telegram", tenant.IndexValues[0])
            : Id("telegram", book.Ids.First(id => id.Name == Label(Resolving, "Telegram id")).Id);

    private static PlantedRequest Id(string channel, string id) =>
        PlantedRequest.Of(("body channel", channel), ("body id", id)) with
        {
            LeavesOutOthers = true,
        };

    private PlantedRequest Hash(string channel, string hash) =>
        PlantedRequest.Of(("body channel", channel), ("body hash", hash), ("body key_version", tenant.Index.Version)) with
        {
            LeavesOutOthers = true,
        };

    private string Label(string operation, string name) => $"{operation} body id: {name} of {tenant.Name}";
}
