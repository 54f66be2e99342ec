using Hatcheck.Platform.Outbox;
using Hatcheck.TestKit;

namespace Hatcheck.Tests.Outbox;

/// <summary>Events are declared by their capabilities, and the page about them lists them.</summary>
public sealed class EventKindTests
{
    [Fact]
    public void The_page_lists_each_event_with_what_it_says() =>
        File.ReadAllLines(Repository.PathOf("docs", "concepts", "events.md"))
            .Where(line => line.StartsWith("| `user.", StringComparison.Ordinal))
            .ShouldBe(Composition.Events.Declared.Select(kind => $"| `{kind.Name}` | {kind.Description} |"));

    [Theory]
    [InlineData("User.changed", "A user was changed.", "thing.deed")]
    [InlineData("user", "A user was changed.", "thing.deed")]
    [InlineData("user.changed", "a user was changed", "its description is not a sentence")]
    [InlineData("user.deleted", "A user was deleted.", "two events have this name")]
    public void An_event_that_is_not_declared_in_full_stops_the_start(string name, string says, string fault) =>
        Should
            .Throw<InvalidOperationException>(() => new KnownEvents([.. Composition.Events.Declared, new(name, says)]))
            .Message.ShouldContain(fault);
}
