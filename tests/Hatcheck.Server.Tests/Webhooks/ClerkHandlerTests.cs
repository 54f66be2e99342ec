using Hatcheck.Server.Platform.Inbox;
using Hatcheck.Server.Tests.Support;
using Hatcheck.Server.Webhooks;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Server.Tests.Webhooks;

public sealed class ClerkHandlerOnSqlite(OnSqlite database) : ClerkHandlerTests(database), IClassFixture<OnSqlite>;

public sealed class ClerkHandlerOnPostgres(OnPostgres database) : ClerkHandlerTests(database), IClassFixture<OnPostgres>;

public abstract class ClerkHandlerTests(TestedDatabase database) : InboxHandlerConformance(database)
{
    private protected override async Task<(Node Node, Guid Tenant, Func<Task> GiveAsync)> StartAsync(TestedDatabase on)
    {
        var (mine, _, node) = await on.StartClerkAsync(("Inbox:Work", "false"));
        var clerk = new ClerkSender(node.Client(), InboxLook.Mine);
        return (node, mine.Id, () => clerk.GiveAsync(ClerkSender.User("user.created", $"user_{Guid.NewGuid():N}", 0)));
    }

    private protected override IInboxHandler HandlerOf(Node node) => node.Services.GetRequiredService<ClerkHandler>();
}
