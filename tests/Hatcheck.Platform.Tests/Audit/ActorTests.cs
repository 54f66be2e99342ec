using Hatcheck.Platform.Audit;

namespace Hatcheck.Platform.Tests.Audit;

/// <summary>Actors and subjects: ids and codes, in the text form of entries since 0.1.</summary>
public sealed class ActorTests
{
    private const string Hex = "6f1c2b9e5f0e4d539f0f0f8f4a3a2f11";
    private static readonly Guid id = Guid.Parse(Hex);

    [Fact]
    public void Actors_and_subjects_are_written_as_they_always_were()
    {
        Actor.Key(id).Text.ShouldBe($"key:{Hex}");
        Actor.Member(id).Text.ShouldBe($"member:{Hex}");
        Actor.User(id).Text.ShouldBe($"user:{Hex}");
        Actor.Session(id).Text.ShouldBe($"session:{Hex}");
        Actor.Job("purge").Text.ShouldBe("job:purge");
        Actor.Webhook("clerk").Text.ShouldBe("webhook:clerk");
        Actor.Address(Hex).Text.ShouldBe($"address:{Hex}");
        Actor.Operator(1000).Text.ShouldBe("operator:1000");
        Actor.Operator(null).Text.ShouldBe("operator");
        Subject.Of("member", id).And("owner", "support").ToString().ShouldBe($"member:{Hex} owner support");
        Subject.Of("key", id).And("users:read", "users:write").ToString().ShouldBe($"key:{Hex} users:read users:write");
        Subject.Of("member", id).And("session", id).And("removed").ToString().ShouldBe($"member:{Hex} session:{Hex} removed");
        Subject.Of("role", "desk-lead").And([]).ToString().ShouldBe("role:desk-lead");
        Subject.Of("failures", 20).ToString().ShouldBe("failures:20");
    }

    [Theory]
    [InlineData("")]
    [InlineData("Anna Beispiel")]
    [InlineData("anna@example.com")]
    [InlineData("müller")]
    [InlineData("a\nb")]
    [InlineData("+491701234567")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public void A_text_that_is_no_code_is_refused_and_not_repeated_in_the_fault(string text)
    {
        foreach (
            var act in new Action[]
            {
                () => Actor.Job(text),
                () => Actor.Webhook(text),
                () => Actor.Address(text),
                () => Subject.Of(text, id),
                () => Subject.Of("role", text),
                () => Subject.Of("member", id).And(text),
                () => Subject.Of("member", id).And("owner", text),
                () => Subject.Of("member", id).And(text, id),
            }
        )
        {
            var fault = Should.Throw<ArgumentException>(act);
            if (text.Length > 0)
                fault.Message.ShouldNotContain(text);
        }
    }

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("6F1C2B9E5F0E4D539F0F0F8F4A3A2F11")]
    [InlineData("6f1c2b9e5f0e4d539f0f0f8f4a3a2f1")]
    public void An_address_is_named_by_its_hash_only(string text) => Should.Throw<ArgumentException>(() => Actor.Address(text));

    [Fact]
    public void Nobody_is_no_actor() => Should.Throw<InvalidOperationException>(() => default(Actor).Text);

    [Theory]
    [InlineData("1000", 1000u)]
    [InlineData("0", 0u)]
    [InlineData("anna", null)]
    [InlineData("-1", null)]
    [InlineData(" 1000", null)]
    [InlineData("4294967296", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Of_what_sudo_says_only_a_number_counts(string? text, uint? account) =>
        OperatorAccount.UnderSudo(text).ShouldBe(account);

    [Theory]
    [InlineData(0u, "1000", 1000u)]
    [InlineData(0u, null, 0u)]
    [InlineData(1000u, "1001", 1000u)]
    [InlineData(1000u, "0", 1000u)]
    public void Whoever_is_not_root_is_no_one_else_whatever_their_environment_says(uint user, string? sudo, uint account) =>
        OperatorAccount.Of(user, sudo).ShouldBe(account);
}
