using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Hatcheck.Contracts;
using Hatcheck.Platform.Channels;
using Hatcheck.Platform.Http.Requests;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Http;

/// <summary>Rules for every endpoint.</summary>
public sealed class EndpointShapeTests(OnSqlite database) : IClassFixture<OnSqlite>
{
    private IEnumerable<(string Name, ParameterInfo[] Parameters)> Endpoints =>
        database
            .Node.Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Select(endpoint => (endpoint.DisplayName!, endpoint.Metadata.GetMetadata<MethodInfo>()?.GetParameters() ?? []));

    [Fact]
    public void An_endpoint_has_at_most_five_parameters()
    {
        Endpoints.Count(endpoint => endpoint.Parameters.Length > 0).ShouldBeGreaterThan(50);
        Endpoints.Where(endpoint => endpoint.Parameters.Length > 5).Select(endpoint => endpoint.Name).ShouldBeEmpty();
    }

    [Fact]
    public void The_contract_names_the_channels_that_there_are() =>
        typeof(IdentityRequest)
            .GetProperty(nameof(IdentityRequest.Channel))!
            .GetCustomAttribute<AllowedValuesAttribute>()!
            .Values.ShouldBe(KnownChannels.ByName.Keys, ignoreOrder: true);

    [Fact]
    public void Only_identities_and_profiles_are_checked_by_their_endpoints()
    {
        var own = Endpoints
            .SelectMany(endpoint => endpoint.Parameters)
            .Where(parameter => parameter.IsDefined(typeof(CheckedByEndpointAttribute)));
        own.Select(parameter => parameter.ParameterType.Name)
            .Distinct(StringComparer.Ordinal)
            .ShouldBe(["IdentityRequest", "ProfileRequest"], ignoreOrder: true);
    }
}
