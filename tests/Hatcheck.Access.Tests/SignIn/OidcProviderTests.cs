using System.Globalization;
using System.Text.Json.Nodes;
using Hatcheck.Contracts;
using Hatcheck.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Access.Tests.SignIn;

public sealed class OidcProviderOnSqlite(OnSqlite database) : OidcProviderTests(database), IClassFixture<OnSqlite>;

public sealed class OidcProviderOnPostgres(OnPostgres database) : OidcProviderTests(database), IClassFixture<OnPostgres>;

/// <summary>Sign-in with a provider that shares no code with Hatcheck.</summary>
public abstract class OidcProviderTests(TestedDatabase database)
{
    private const string Resource = "https://hatcheck.example";

    [Fact]
    public async Task A_person_signs_in_and_neither_the_providers_downtime_nor_its_new_key_stops_anybody()
    {
        if (OidcProvider.Missing is { } missing)
            Assert.Skip(missing);
        var (first, second) = (OidcProvider.NewKey("first"), OidcProvider.NewKey("second"));
        var provider = await OidcProvider.StartAsync([first.DeepClone()], Resource);
        var port = new Uri(provider.Issuer).Port;
        var time = new ManualTime(DateTimeOffset.UtcNow);
        var tenant = await database.Node.NewTenantAsync();
        var settings = new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal)
        {
            // The provider is on this machine.
            ["Outbound:AllowedNetworks"] = "127.0.0.0/8;::1",
            ["SignIn:Issuers:0:Name"] = "oidc",
            ["SignIn:Issuers:0:Authority"] = provider.Issuer,
            ["SignIn:Issuers:0:Audiences:0"] = Resource,
            ["SignIn:Issuers:0:Tenant"] = tenant.Id.ToString("D", CultureInfo.InvariantCulture),
            ["SignIn:Issuers:0:For"] = "users",
        };
        await using var node = await Node.StartAsync(settings, services => services.AddSingleton<TimeProvider>(time));
        Task<HttpResponseMessage> MeAsync(string token) => node.Client(token).GetAsync("/me");

        var anna = await provider.SignInAsync("anna");
        var person = await MeAsync(anna.Access).ReadAsync<CallerResponse>();
        person.Kind.ShouldBe("person");
        (await node.Client(anna.Access).GetAsync($"/users/{person.Id}").ReadAsync<UserResponse>())
            .Identities.Single()
            .ShouldSatisfyAllConditions(
                identity => identity.Channel.ShouldBe("external"),
                identity => identity.Kind.ShouldBe("oidc")
            );
        (await MeAsync((await provider.SignInAsync("anna")).Access).ReadAsync<CallerResponse>()).Id.ShouldBe(person.Id);
        (await MeAsync((await provider.SignInAsync("ben")).Access).ReadAsync<CallerResponse>()).Id.ShouldNotBe(person.Id);
        // The ID token is for the client, not for this server.
        await MeAsync(anna.Id).ShouldFailAsync(401, ProblemCodes.Unauthenticated);

        await provider.DisposeAsync();
        time.Advance(TimeSpan.FromMinutes(2));
        (await MeAsync(anna.Access).ReadAsync<CallerResponse>()).Id.ShouldBe(person.Id);

        // A new key signs, the old one is still published.
        provider = await OidcProvider.StartAsync([second.DeepClone(), first.DeepClone()], Resource, port);
        var again = await provider.SignInAsync("anna");
        (await MeAsync(again.Access).ReadAsync<CallerResponse>()).Id.ShouldBe(person.Id);
        (await MeAsync(anna.Access).ReadAsync<CallerResponse>()).Id.ShouldBe(person.Id);
        await provider.DisposeAsync();

        // The old key is removed: its tokens are refused once the keys are fetched again.
        provider = await OidcProvider.StartAsync(new JsonArray(second.DeepClone()), Resource, port);
        time.Advance(TimeSpan.FromMinutes(2));
        await MeAsync(Renamed(again.Access)).ShouldFailAsync(401, ProblemCodes.Unauthenticated);
        await MeAsync(anna.Access).ShouldFailAsync(401, ProblemCodes.Unauthenticated);
        (await MeAsync(again.Access).ReadAsync<CallerResponse>()).Id.ShouldBe(person.Id);
        await provider.DisposeAsync();
    }

    // Names an unknown key, which triggers a fetch of the keys.
    private static string Renamed(string token)
    {
        var parts = token.Split('.');
        var header = JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(parts[0]))!;
        header["kid"] = "third";
        var renamed = System.Text.Encoding.UTF8.GetBytes(header.ToJsonString());
        return $"{System.Buffers.Text.Base64Url.EncodeToString(renamed)}.{parts[1]}.{parts[2]}";
    }
}
