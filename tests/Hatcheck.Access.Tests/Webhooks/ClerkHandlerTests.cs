using Hatcheck.ServerKit.Webhooks;

namespace Hatcheck.Access.Tests.Webhooks;

public sealed class ClerkHandlerOnSqlite(OnSqlite database) : ClerkHandlerTests(database), IClassFixture<OnSqlite>;

public sealed class ClerkHandlerOnPostgres(OnPostgres database) : ClerkHandlerTests(database), IClassFixture<OnPostgres>;

public abstract class ClerkHandlerTests(TestedDatabase database) : InboxHandlerConformance(database)
{
    private protected override async Task<InboxSource> StartAsync(TestedDatabase on)
    {
        var (mine, other, taker) = await on.StartClerkAsync(("Inbox:Work", "false"));
        return new ClerkSource(on, mine, other, taker);
    }
}
