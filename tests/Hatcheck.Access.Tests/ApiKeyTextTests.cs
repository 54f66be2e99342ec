namespace Hatcheck.Access.Tests;

public sealed class ApiKeyTextTests
{
    [Fact]
    public void A_key_reads_back_to_its_tenant()
    {
        for (var i = 0; i < 200; i++)
        {
            var tenant = i switch
            {
                0 => Guid.Empty,
                1 => new Guid("ffffffff-ffff-ffff-ffff-ffffffffffff"),
                _ => Guid.NewGuid(),
            };
            var key = ApiKeyText.Create(tenant, demo: i % 2 == 0);
            key.Length.ShouldBe(80);
            ApiKeyText.TryParse(key, out var read, out var hash, out var demo).ShouldBeTrue();
            (read, demo).ShouldBe((tenant, i % 2 == 0));
            hash.ShouldBe(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(key)));
        }
    }

    [Fact]
    public void Every_single_character_changed_is_noticed_without_the_database()
    {
        var key = ApiKeyText.Create(Guid.NewGuid(), demo: false);
        for (var i = 0; i < key.Length; i++)
        {
            var changed = key[..i] + (key[i] == '7' ? '8' : '7') + key[(i + 1)..];
            ApiKeyText.TryParse(changed, out _, out _, out _).ShouldBeFalse(changed);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("hck_live_")]
    [InlineData("hck_test_0000000000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("hck_live_zzzzzzzzzzzzzzzzzzzzzz0000000000000000000000000000000000000000000000000")]
    [InlineData("hck_live_\u0663000000000000000000000000000000000000000000000000000000000000000000000")]
    public void What_is_no_key_is_refused(string text) => ApiKeyText.TryParse(text, out _, out _, out _).ShouldBeFalse();
}
