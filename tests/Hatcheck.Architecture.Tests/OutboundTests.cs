using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Reflection;

namespace Hatcheck.Architecture.Tests;

/// <summary>
/// Platform/Outbound is the one way to an address that someone else chose. No other code in the server creates a client, a
/// handler or a socket, or resolves a name. The test reads compiled code: <c>new()</c> has no type to search for.
/// </summary>
public sealed class OutboundTests
{
    /// <summary>Exceptions, each with the reason why no one else chooses its address.</summary>
    private static readonly Dictionary<string, string> exceptions = new(StringComparer.Ordinal)
    {
        ["Hatcheck.Cli.HealthCommand"] = "asks the address that the operator typed or configured",
        ["Hatcheck.Cli.Admin.AdminClient"] = "the admin socket, a file in the data folder",
        ["Hatcheck.Cli.Admin.AdminSocket"] = "the same, listening",
        ["Hatcheck.Platform.Http.Listening"] = "binds to see whether an address to listen on is free; connects nowhere",
        ["Hatcheck.Drill.Planting.ApiClient"] = "the drill's throw-away server, which it started on loopback",
        ["Hatcheck.Drill.Installation.DrilledInstallation"] = "the same",
    };

    /// <summary>Types that make connections when constructed or called, subclasses included.</summary>
    private static readonly Type[] doors =
    [
        typeof(HttpMessageInvoker),
        typeof(HttpMessageHandler),
        typeof(Socket),
        typeof(TcpClient),
        typeof(UdpClient),
        typeof(ClientWebSocket),
        typeof(WebRequest),
        typeof(System.Net.Mail.SmtpClient),
    ];

    [Fact]
    public void Nobody_but_the_one_handler_connects_to_an_address_that_someone_else_chose() =>
        Opening(Rooms.Types).Where(type => !IsExcepted(type)).ShouldBeEmpty();

    [Fact]
    public void Each_exception_is_still_needed()
    {
        var opening = Opening(Rooms.Types).ToHashSet(StringComparer.Ordinal);
        exceptions.Keys.Where(name => !opening.Contains(name)).ShouldBeEmpty();
        opening.Contains("Hatcheck.Platform.Outbound.OutboundHandler").ShouldBeTrue();
    }

    [Fact]
    public void Each_planted_door_is_caught_and_the_use_of_a_given_client_is_not()
    {
        Type[] planted =
        [
            typeof(ByATargetTypedNew),
            typeof(ByAHandler),
            typeof(ByALambda),
            typeof(ByAnAsyncMethod),
            typeof(ByASubclass),
            typeof(ByName),
        ];
        foreach (var type in planted)
            Whole(type).SelectMany(Doors).ShouldNotBeEmpty(type.Name);
        Whole(typeof(ByAGivenClient)).SelectMany(Doors).ShouldBeEmpty();
    }

    private static bool IsExcepted(string type) =>
        exceptions.ContainsKey(type) || type.StartsWith("Hatcheck.Platform.Outbound.", StringComparison.Ordinal);

    private static IEnumerable<string> Opening(IEnumerable<Type> types) =>
        types.Where(type => Doors(type).Any()).Select(type => Outermost(type).FullName!).Distinct(StringComparer.Ordinal);

    private static IEnumerable<MemberInfo> Doors(Type type) =>
        CodeReferences
            .Members(type)
            .Where(member =>
                member switch
                {
                    ConstructorInfo made => Array.Exists(doors, door => door.IsAssignableFrom(made.DeclaringType)),
                    MethodInfo { IsStatic: true, DeclaringType: { } owner } => owner == typeof(Dns)
                        || owner == typeof(WebRequest),
                    MethodInfo { DeclaringType.Name: "IHttpClientFactory" or "HttpClientFactoryExtensions" } => true,
                    _ => false,
                }
            );

    /// <summary>A type with the compiler's types for its lambdas and asynchronous methods.</summary>
    private static IEnumerable<Type> Whole(Type type) =>
        type.GetNestedTypes(BindingFlags.NonPublic).SelectMany(Whole).Prepend(type);

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private sealed class ByATargetTypedNew : IDisposable
    {
        private readonly HttpClient http = new();

        public void Dispose() => http.Dispose();
    }

    private static class ByAHandler
    {
        public static SocketsHttpHandler Make() => new();
    }

    private static class ByALambda
    {
        public static Func<object> Make() => () => new HttpClientHandler();
    }

    private static class ByAnAsyncMethod
    {
        public static async Task<Socket> MakeAsync()
        {
            await Task.Yield();
            return new Socket(SocketType.Stream, ProtocolType.Tcp);
        }
    }

    private static class ByASubclass
    {
        public static object Make() => new Own();

        private sealed class Own : DelegatingHandler;
    }

    private static class ByName
    {
        public static Task<IPAddress[]> FindAsync(string host) => Dns.GetHostAddressesAsync(host);
    }

    private static class ByAGivenClient
    {
        public static Task<string> ReadAsync(HttpClient http, Uri address) => http.GetStringAsync(address);
    }
}
