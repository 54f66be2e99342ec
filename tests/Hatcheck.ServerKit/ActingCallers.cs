using Hatcheck.Access.Callers;
using Hatcheck.Platform.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.ServerKit;

/// <summary>Lets a test act as a member or user by name, if sign-in itself is not tested.</summary>
internal sealed class ActingCallers(MemberCallers members, PersonCallers persons) : IBearerCallers
{
    private const string Prefix = "acting.";

    public static void Add(IServiceCollection services) => services.AddSingleton<IBearerCallers, ActingCallers>();

    public static string AsMember(Guid tenant, Guid member) => $"{Prefix}member.{tenant}.{member}";

    public static string AsPerson(Guid tenant, Guid user) => $"{Prefix}person.{tenant}.{user}";

    public bool Takes(string token) => token.StartsWith(Prefix, StringComparison.Ordinal);

    public Task<Caller?> FindAsync(string token, HttpContext context)
    {
        var parts = token.Split('.');
        var (tenant, id) = (Guid.Parse(parts[2]), Guid.Parse(parts[3]));
        return parts[1] == "member"
            ? members.FindAsync(tenant, id, context.RequestAborted)
            : persons.FindAsync(tenant, id, context.RequestAborted);
    }
}
