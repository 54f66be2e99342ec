using Hatcheck.Access.Webhooks;
using Hatcheck.Platform.Webhooks;
using Hatcheck.ServerKit.Webhooks;
using Microsoft.AspNetCore.Http;

namespace Hatcheck.Access.Tests.Webhooks;

/// <summary>Standard Webhooks 1.0.0, with the test vector of its published libraries.</summary>
public sealed class VerificationTests
{
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const string Timestamp = "1614265330";
    private const string Signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    private static readonly byte[] Body = "{\"test\": 2432232314}"u8.ToArray();
    private static readonly DateTimeOffset Sent = DateTimeOffset.FromUnixTimeSeconds(1614265330);
    private static readonly string Another = "whsec_" + Convert.ToBase64String(Enumerable.Repeat((byte)7, 32).ToArray());

    [Theory]
    [InlineData("webhook")]
    [InlineData("svix")]
    public void The_published_vector_is_genuine_under_either_name(string prefix) =>
        Verify(Headers(prefix)).ShouldBe(new Verification.Genuine(Id, Sent));

    [Fact]
    public void Of_several_signatures_and_secrets_one_match_is_enough()
    {
        var old = ClerkSender.Sign(Another, Id, Timestamp, Body);
        Verify(Headers(signature: $"v1a,AAAA {old} nonsense {Signature}")).ShouldBeOfType<Verification.Genuine>();
        Verify(Headers(signature: old), ClerkSender.Secret, Another).ShouldBeOfType<Verification.Genuine>();
        Verify(Headers(signature: old)).ShouldBeOfType<Verification.Unsigned>();
        Verify(Headers()).ShouldBeOfType<Verification.Genuine>();
        Verify(Headers(), Another).ShouldBeOfType<Verification.Unsigned>();
    }

    [Theory]
    [InlineData("signature", "")]
    [InlineData("signature", "v1,")]
    [InlineData("signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE")]
    [InlineData("signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1A==")]
    [InlineData("signature", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData("signature", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData("id", "msg_p5jXN8AQM9LWM0D4loKWxJeK")]
    [InlineData("id", "")]
    [InlineData("id", "msg p5")]
    [InlineData("timestamp", "1614265331")]
    [InlineData("timestamp", "+1614265330")]
    [InlineData("timestamp", "1614265330.0")]
    [InlineData("timestamp", "999999999999")]
    [InlineData("timestamp", "soon")]
    public void A_changed_or_malformed_header_is_no_signature(string header, string value)
    {
        var headers = Headers();
        headers[$"webhook-{header}"] = value;
        Verify(headers).ShouldBeOfType<Verification.Unsigned>();
    }

    [Theory]
    [InlineData("id")]
    [InlineData("timestamp")]
    [InlineData("signature")]
    public void A_missing_or_doubled_header_is_no_signature(string header)
    {
        var missing = Headers();
        missing.Remove($"webhook-{header}");
        Verify(missing).ShouldBeOfType<Verification.Unsigned>();
        var doubled = Headers();
        doubled[$"webhook-{header}"] = new([(string?)doubled[$"webhook-{header}"], (string?)doubled[$"webhook-{header}"]]);
        Verify(doubled).ShouldBeOfType<Verification.Unsigned>();
    }

    [Fact]
    public void Headers_of_the_two_names_are_never_mixed()
    {
        var headers = Headers();
        headers["svix-id"] = headers["webhook-id"];
        headers.Remove("webhook-id");
        Verify(headers).ShouldBeOfType<Verification.Unsigned>();
    }

    // With a full stop in the id, the signed text would be ambiguous.
    [Fact]
    public void An_id_can_not_take_over_a_part_of_the_time_or_the_body()
    {
        var body = "5.{}"u8.ToArray();
        var headers = Headers(signature: ClerkSender.Sign(ClerkSender.Secret, "msg", Timestamp, body));
        headers["webhook-id"] = $"msg.{Timestamp}";
        headers["webhook-timestamp"] = "5";
        StandardWebhook
            .Verify(headers, "{}"u8, Secrets(ClerkSender.Secret), TimeSpan.FromMinutes(5), DateTimeOffset.FromUnixTimeSeconds(5))
            .ShouldBeOfType<Verification.Unsigned>();
    }

    [Fact]
    public void Every_changed_byte_of_the_body_is_noticed()
    {
        for (var i = 0; i < Body.Length; i++)
        {
            var changed = Body.ToArray();
            changed[i] ^= 1;
            StandardWebhook
                .Verify(Headers(), changed, Secrets(ClerkSender.Secret), TimeSpan.FromMinutes(5), Sent)
                .ShouldBeOfType<Verification.Unsigned>();
        }
    }

    [Theory]
    [InlineData(-300, true)]
    [InlineData(300, true)]
    [InlineData(-301, false)]
    [InlineData(301, false)]
    public void A_delivery_is_taken_within_the_tolerance_on_either_side(int seconds, bool taken)
    {
        var verification = StandardWebhook.Verify(
            Headers(),
            Body,
            Secrets(ClerkSender.Secret),
            TimeSpan.FromMinutes(5),
            Sent.AddSeconds(seconds)
        );
        verification.GetType().ShouldBe(taken ? typeof(Verification.Genuine) : typeof(Verification.Stale));
    }

    [Fact]
    public void Secrets_in_a_file_are_read_again_when_it_changes_and_survive_a_broken_one()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, ClerkSender.Secret + "\n");
            var secrets = new SigningSecrets(new ClerkOptions { SecretFile = file });
            secrets.Live().Count.ShouldBe(1);
            Rewrite(file, $"{Another}\n{ClerkSender.Secret}\n", 1);
            secrets.Live().Count.ShouldBe(2);
            Rewrite(file, "whsec_short\n", 2);
            secrets.Live().Count.ShouldBe(2);
            Rewrite(file, Another, 3);
            secrets.Live().ShouldHaveSingleItem().Length.ShouldBe(32);
        }
        finally
        {
            File.Delete(file);
        }

        static void Rewrite(string path, string text, int minutes)
        {
            File.WriteAllText(path, text);
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(minutes));
        }
    }

    // As an orchestrator mounts a secret: the file is a link through a link, and only the latter is replaced.
    [Fact]
    public void A_mounted_secret_is_read_again_when_what_it_leads_to_is_replaced()
    {
        var folder = Directory.CreateTempSubdirectory("hatcheck-secrets-").FullName;
        try
        {
            foreach (var (version, secret, hour) in new[] { ("..1", ClerkSender.Secret, 1), ("..2", Another, 2) })
            {
                var file = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, version)).FullName, "clerk");
                File.WriteAllText(file, secret);
                File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(hour));
            }

            var current = Path.Combine(folder, "..data");
            Directory.CreateSymbolicLink(current, "..1");
            var mounted = File.CreateSymbolicLink(Path.Combine(folder, "clerk"), Path.Combine("..data", "clerk")).FullName;
            var secrets = new SigningSecrets(new ClerkOptions { SecretFile = mounted });
            secrets.Live().ShouldHaveSingleItem().Length.ShouldBe(24);
            Directory.Delete(current);
            secrets.Live().ShouldHaveSingleItem().Length.ShouldBe(24);
            Directory.CreateSymbolicLink(current, "..2");
            secrets.Live().ShouldHaveSingleItem().Length.ShouldBe(32);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Verification Verify(IHeaderDictionary headers, params string[] secrets) =>
        StandardWebhook.Verify(
            headers,
            Body,
            Secrets(secrets.Length == 0 ? [ClerkSender.Secret] : secrets),
            TimeSpan.FromMinutes(5),
            Sent
        );

    private static IReadOnlyList<byte[]> Secrets(params string[] texts) =>
        SigningSecrets.Read(new ClerkOptions { Secrets = texts })!;

    private static HeaderDictionary Headers(string prefix = "webhook", string signature = Signature) =>
        new()
        {
            [$"{prefix}-id"] = Id,
            [$"{prefix}-timestamp"] = Timestamp,
            [$"{prefix}-signature"] = signature,
        };
}
