using Hatcheck.Access;
using Hatcheck.Access.Staff;
using Hatcheck.Contracts;
using Hatcheck.Platform.Audit;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.ServerKit;

internal static class StaffSupport
{
    /// <summary>The built-in roles of this build.</summary>
    public static BuiltInRoles Roles { get; } = new(Composition.Permissions);

    /// <summary>Creates a member with these roles, as the operator.</summary>
    public static async Task<MemberResponse> NewMemberAsync(this Node node, Guid tenant, params string[] roles)
    {
        var profile = new MemberProfile("Anna Beispiel", "anna@example.com", $"user_{Guid.NewGuid():N}");
        return (
            await node
                .Services.GetRequiredService<Members>()
                .AddAsync(Grantor.Operator(tenant, Actor.Operator(1000)), profile, "staff", roles, CancellationToken.None)
        ).OrThrow();
    }

    /// <summary>A client of a new member with these roles; the node needs <see cref="ActingCallers"/>.</summary>
    public static async Task<(HttpClient Http, Guid Id)> SignedInAsync(this Node node, Guid tenant, params string[] roles)
    {
        var member = await node.NewMemberAsync(tenant, roles);
        return (node.Client(ActingCallers.AsMember(tenant, member.Id)), member.Id);
    }

    public static Task<HttpResponseMessage> PutJsonAsync(this HttpClient http, string path, string json) =>
        http.PutAsync(new Uri(path, UriKind.Relative), new StringContent(json, System.Text.Encoding.UTF8, "application/json"));
}
