using System.Security.Cryptography;
using System.Text;
using Hatcheck.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.ServerKit.SignIn;

/// <summary>
/// A node with three issuers: <c>people</c> and <c>staff</c> of one tenant, with discovery and with a shared secret, and
/// <c>others</c>, whose tokens are for another tenant.
/// </summary>
internal sealed class SignInWorld : IAsyncDisposable
{
    public const string Audience = "https://hatcheck.example";
    public const string StaffIssuer = "https://project.supabase.example/auth/v1";

    public required ManualTime Time { get; init; }

    public required FakeIssuer People { get; init; }

    public required FakeIssuer Others { get; init; }

    public required TokenForge Forge { get; init; }

    public required TokenForge OthersForge { get; init; }

    public byte[] StaffSecret { get; } = Encoding.UTF8.GetBytes(RandomNumberGenerator.GetHexString(64));

    public TestTenant Tenant { get; private set; } = null!;

    public TestTenant Other { get; private set; } = null!;

    public Node Node { get; private set; } = null!;

    public static async Task<SignInWorld> StartAsync(TestedDatabase database, params (string Setting, string? Value)[] settings)
    {
        var (people, others) = (await FakeIssuer.StartAsync(), await FakeIssuer.StartAsync());
        var time = new ManualTime();
        var world = new SignInWorld
        {
            Time = time,
            People = people,
            Others = others,
            Forge = new TokenForge(people.Url, Audience, time),
            OthersForge = new TokenForge(others.Url, Audience, time),
            Tenant = await database.Node.NewTenantAsync(),
            Other = await database.Node.NewTenantAsync(),
        };
        people.Keys.Add(world.Forge.PublicKey());
        others.Keys.Add(world.OthersForge.PublicKey());
        var all = new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal)
        {
            // The fake issuers are on this machine.
            ["Outbound:AllowedNetworks"] = "127.0.0.0/8",
            ["SignIn:Issuers:0:Name"] = "people",
            ["SignIn:Issuers:0:Authority"] = people.Url,
            ["SignIn:Issuers:0:Audiences:0"] = Audience,
            ["SignIn:Issuers:0:Tenant"] = $"{world.Tenant.Id}",
            ["SignIn:Issuers:0:For"] = "users",
            ["SignIn:Issuers:1:Name"] = "staff",
            ["SignIn:Issuers:1:Secret"] = Encoding.UTF8.GetString(world.StaffSecret),
            ["SignIn:Issuers:1:Issuer"] = StaffIssuer,
            ["SignIn:Issuers:1:Audiences:0"] = "authenticated",
            ["SignIn:Issuers:1:Tenant"] = $"{world.Tenant.Id}",
            ["SignIn:Issuers:1:For"] = "members",
            ["SignIn:Issuers:2:Name"] = "others",
            ["SignIn:Issuers:2:Authority"] = others.Url,
            ["SignIn:Issuers:2:Audiences:0"] = Audience,
            ["SignIn:Issuers:2:Tenant"] = $"{world.Other.Id}",
            ["SignIn:Issuers:2:For"] = "users",
        };
        foreach (var (setting, value) in settings)
        {
            if (value is null)
                all.Remove(setting);
            else
                all[setting] = value;
        }

        world.Node = await Node.StartAsync(all, services => services.AddSingleton<TimeProvider>(time));
        // Through the node whose clock the test controls.
        world.Tenant = world.Tenant with
        {
            Http = world.Node.Client(world.Tenant.Key),
        };
        world.Other = world.Other with { Http = world.Node.Client(world.Other.Key) };
        return world;
    }

    /// <summary>A valid token of the issuer with the shared secret.</summary>
    public string StaffToken(string subject) =>
        TokenForge.HmacSigned("""{"alg":"HS256","typ":"JWT"}""", StaffForge.Payload(subject).ToJsonString(), StaffSecret);

    public TokenForge StaffForge => field ??= new TokenForge(StaffIssuer, "authenticated", Time);

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        await People.DisposeAsync();
        await Others.DisposeAsync();
    }
}
