using System.Text.Json;

namespace Hatcheck.Crypto.Tests;

public sealed class SecretTypesTests
{
    private const string Canary = "canary-7012345678";

    private sealed record Session(SecretText Token, SecretBytes Key, DataKey DataKey, BlindIndexKey IndexKey);

    [Fact]
    public void Secrets_print_nowhere()
    {
        using var text = new SecretText(Canary);
        using var bytes = new SecretBytes(Sample.Text(Canary + "-32-bytes-long!"));
        using var key = new DataKey(bytes, 1);
        using var index = new BlindIndexKey(bytes, 1, BlindIndexKey.LabelledScheme);
        var session = new Session(text, bytes, key, index);
        string[] printed =
        [
            text.ToString(),
            bytes.ToString(),
            key.ToString(),
            index.ToString(),
            $"{text} {bytes} {key} {index}",
            session.ToString(),
            string.Format("{0}{1}{2}{3}", text, bytes, key, index),
            string.Concat(text, bytes, key),
            Json(session),
            Json(text),
            Json(bytes),
            Json(key),
            Json(index),
        ];
        string[] forms =
        [
            Canary,
            Convert.ToHexString(Sample.Text(Canary)),
            Convert.ToBase64String(Sample.Text(Canary))[..20],
            "99,97,110",
        ];
        foreach (var line in printed)
        {
            foreach (var form in forms)
                line.ShouldNotContain(form, Case.Insensitive);
        }

        text.ToString().ShouldBe("***");
        bytes.ToString().ShouldBe("***");
    }

    /// <summary>Serialising some of them throws, which prints nothing either.</summary>
    private static string Json(object value)
    {
        try
        {
            return JsonSerializer.Serialize(value);
        }
        catch (InvalidOperationException e)
        {
            return e.ToString();
        }
    }

    [Fact]
    public void Secrets_have_no_public_property_or_field_that_a_logger_could_walk_into()
    {
        Type[] secrets = [typeof(SecretBytes), typeof(SecretText), typeof(DataKey), typeof(BlindIndexKey)];
        string[] harmless = ["Length", "Version", "Scheme"];
        secrets
            .SelectMany(s => s.GetProperties())
            .Where(p => !p.GetMethod!.IsStatic)
            .Select(p => p.Name)
            .Except(harmless, StringComparer.Ordinal)
            .ShouldBeEmpty();
        secrets.SelectMany(s => s.GetFields()).ShouldAllBe(f => f.IsLiteral);
    }

    [Fact]
    public void Disposing_bytes_zeroes_them_and_ends_their_use()
    {
        var secret = new SecretBytes([1, 2, 3]);
        var held = secret.Reveal();
        secret.Dispose();
        held.ToArray().ShouldBe(new byte[] { 0, 0, 0 });
        Should.Throw<ObjectDisposedException>(() => secret.Reveal().Length);
        Should.Throw<ObjectDisposedException>(() => secret.Length);
        secret.Dispose();
    }

    [Fact]
    public void Disposing_text_ends_its_use()
    {
        var secret = new SecretText(Canary);
        secret.Reveal().ShouldBe(Canary);
        secret.Dispose();
        Should.Throw<ObjectDisposedException>(secret.Reveal);
        secret.Dispose();
    }

    [Fact]
    public void Bytes_are_copied_so_that_the_callers_buffer_is_its_own()
    {
        byte[] mine = [1, 2, 3];
        using var secret = new SecretBytes(mine);
        mine[0] = 9;
        secret.Reveal().ToArray().ShouldBe(new byte[] { 1, 2, 3 });
    }

    [Fact]
    public void Secrets_are_compared_whole()
    {
        using var secret = new SecretBytes([1, 2, 3]);
        secret.Matches([1, 2, 3]).ShouldBeTrue();
        secret.Matches([1, 2, 4]).ShouldBeFalse();
        secret.Matches([1, 2]).ShouldBeFalse();
    }

    [Fact]
    public void Text_goes_to_UTF8_and_back_and_what_is_no_text_is_refused()
    {
        using var text = new SecretText("žeton 用户 🎩");
        using var bytes = text.ToUtf8();
        bytes.Reveal().ToArray().ShouldBe(Sample.Text("žeton 用户 🎩"));
        using var again = SecretText.FromUtf8(bytes.Reveal());
        again.Reveal().ShouldBe("žeton 用户 🎩");
        Should.Throw<ArgumentException>(() => SecretText.FromUtf8([0xff]));
    }

    [Fact]
    public void Random_secrets_differ_and_have_the_length_asked_for()
    {
        using var first = SecretBytes.Random(32);
        using var second = SecretBytes.Random(32);
        first.Length.ShouldBe(32);
        first.Matches(second.Reveal()).ShouldBeFalse();
        Should.Throw<ArgumentOutOfRangeException>(() => SecretBytes.Random(0));
    }
}
