using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Inbox;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Planting;
using Hatcheck.Platform.Tables;
using Hatcheck.Platform.Verbs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Hatcheck.Tests.Planted;

/// <summary>What a user wears.</summary>
internal sealed class ShoesCapability : Capability
{
    public const string Write = "shoes:write";
    public const string NoSuchSize = "shoes.no_such_size";
    public static readonly Act Change = new("shoes.change", "Your shoe size was changed.", IsPersonal: true);

    public override IReadOnlyDictionary<string, string> Tags { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal) { ["Shoes"] = "What a person wears." };

    public override IReadOnlyList<Permission> Permissions { get; } =
    [new(Write, "Changes shoe sizes.", BuiltInRole.Support, BuiltInRole.Service)];

    public override IReadOnlyList<ProblemKind> Problems { get; } = [new(NoSuchSize, 422, "There are no shoes of this size.")];

    public override IReadOnlyList<Act> Acts { get; } = [Change];

    public override IReadOnlyList<EventKind> Events { get; } = [new("shoes.changed", "A user's shoe size was changed.")];

    public override IReadOnlyList<Settings> Settings { get; } = [Platform.Settings.Of<ShoeOptions>("Shoes")];

    public override IReadOnlyList<Table> Tables { get; } =
    [
        new()
        {
            Name = "shoe_sizes",
            Description = "What a person wears.",
            Owner = TableOwner.Person,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.Rows,
            Section = new("shoe_sizes", "What you wear, so that it fits.", Place: 15),
            Key = ["tenant_id", "user_id"],
            NewestBy = "user_id",
            Columns =
            [
                Column.Tenant,
                Column.Plain("user_id", "The person, a random id."),
                Column.Sealed("size", ShoeSizes.Sealed, "The size, under the person's key."),
            ],
        },
    ];

    public override IReadOnlyList<Part<IJob>> Jobs { get; } = [Part.Of<IJob, ShoeJob>()];

    public override IReadOnlyList<Part<IInboxHandler>> InboxHandlers { get; } = [Part.Of<IInboxHandler, ShoeHandler>()];

    public override IReadOnlyList<PlantedOperation> Planted { get; } =
    [new("putShoeSize", tenant => [PlantedRequest.Of(("query size", tenant.Text("putShoeSize query size")))])];

    public override void AddServices(IServiceCollection services) => services.AddSingleton<ShoeSizes>();

    public override void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPut("/users/{id}/shoe-size", ShoeSizes.PutAsync)
            .RequirePermission(Write)
            .WithTags("Shoes")
            .WithName("putShoeSize")
            .WithSummary("What a person wears.")
            .Fails(404, "No such user.");

    public override IReadOnlyList<VerbGroup> Verbs(IVerbHost host) => [ShoeVerbs.Of(host)];

    public override Task CheckStartAsync(IServiceProvider services, CancellationToken cancellation) =>
        services.GetRequiredService<IOptions<ShoeOptions>>().Value.Source.Contains(' ')
            ? throw new OperatorException("Shoes:Source has no spaces.")
            : Task.CompletedTask;
}
