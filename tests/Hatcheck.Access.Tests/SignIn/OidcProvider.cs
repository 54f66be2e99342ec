using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Hatcheck.TestKit;

namespace Hatcheck.Access.Tests.SignIn;

/// <summary>
/// The npm package <c>oidc-provider</c>, run by Node.js on loopback; users sign in through its pages with code and PKCE.
/// </summary>
internal sealed class OidcProvider : IAsyncDisposable
{
    private const string Callback = "http://127.0.0.1/callback";
    private static readonly string Folder = Repository.PathOf("tests", "oidc-provider");

    private readonly Process process;

    private OidcProvider(Process process, string issuer) => (this.process, Issuer) = (process, issuer);

    public string Issuer { get; }

    /// <summary>Why it cannot start here; null if it can.</summary>
    public static string? Missing =>
        Directory.Exists(Path.Combine(Folder, "node_modules", "oidc-provider"))
            ? null
            : "oidc-provider is not installed: npm ci --ignore-scripts --prefix tests/oidc-provider";

    public static async Task<OidcProvider> StartAsync(JsonArray keys, string resource, int port = 0)
    {
        var start = new ProcessStartInfo(Interpreters.Node(), ["server.mjs", $"{port}", resource])
        {
            WorkingDirectory = Folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var started = Process.Start(start)!;
        var errors = started.StandardError.ReadToEndAsync();
        await started.StandardInput.WriteLineAsync(new JsonObject { ["keys"] = keys.DeepClone() }.ToJsonString());
        await started.StandardInput.FlushAsync();
        var issuer = await started.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException(await errors);
        return new OidcProvider(started, issuer);
    }

    /// <summary>Creates a key pair of the provider.</summary>
    public static JsonObject NewKey(string keyId)
    {
        using var rsa = RSA.Create(2048);
        var key = rsa.ExportParameters(includePrivateParameters: true);
        return new JsonObject
        {
            ["kty"] = "RSA",
            ["use"] = "sig",
            ["alg"] = "RS256",
            ["kid"] = keyId,
            ["n"] = Base64Url.EncodeToString(key.Modulus),
            ["e"] = Base64Url.EncodeToString(key.Exponent),
            ["d"] = Base64Url.EncodeToString(key.D),
            ["p"] = Base64Url.EncodeToString(key.P),
            ["q"] = Base64Url.EncodeToString(key.Q),
            ["dp"] = Base64Url.EncodeToString(key.DP),
            ["dq"] = Base64Url.EncodeToString(key.DQ),
            ["qi"] = Base64Url.EncodeToString(key.InverseQ),
        };
    }

    /// <summary>
    /// Signs a user in as a browser would; returns the access token (for the resource) and the ID token (for the client).
    /// </summary>
    public async Task<(string Access, string Id)> SignInAsync(string login)
    {
        using var http = new HttpClient(
            new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }
        )
        {
            BaseAddress = new Uri(Issuer),
        };
        var verifier = RandomNumberGenerator.GetHexString(64);
        var challenge = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
        var page = await FollowAsync(
            http,
            $"/auth?client_id=console&response_type=code&redirect_uri={Uri.EscapeDataString(Callback)}"
                + $"&scope=openid%20api&code_challenge={challenge}&code_challenge_method=S256"
        );
        page = await SubmitAsync(http, page, ("prompt", "login"), ("login", login), ("password", "any"));
        page = await SubmitAsync(http, page, ("prompt", "consent"));
        var code = System.Web.HttpUtility.ParseQueryString(new Uri(page).Query)["code"]!;
        using var answer = await http.PostAsync(
            "/token",
            new FormUrlEncodedContent(
                new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["grant_type"] = "authorization_code",
                    ["code"] = code,
                    ["client_id"] = "console",
                    ["redirect_uri"] = Callback,
                    ["code_verifier"] = verifier,
                }
            )
        );
        var tokens = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        return ((string)tokens["access_token"]!, (string)tokens["id_token"]!);
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private static async Task<string> SubmitAsync(HttpClient http, string page, params (string Name, string Value)[] form)
    {
        using var answer = await http.PostAsync(
            page,
            new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value)))
        );
        return await FollowAsync(http, answer.Headers.Location!.ToString());
    }

    /// <summary>Follows redirections to the end: a page of the provider, or the client's address.</summary>
    private static async Task<string> FollowAsync(HttpClient http, string address)
    {
        while (!address.StartsWith(Callback, StringComparison.Ordinal))
        {
            using var answer = await http.GetAsync(address);
            if (answer.Headers.Location is not { } next)
                return address;
            address = next.ToString();
        }

        return address;
    }
}
