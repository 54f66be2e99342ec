using Hatcheck.Contracts;
using Hatcheck.People.Users;
using Hatcheck.Platform.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Access;

/// <summary>This build has no endpoint without a declared permission, and would refuse calls to one.</summary>
public sealed class DeclarationTests(OnSqlite database) : IClassFixture<OnSqlite>
{
    [Fact]
    public void Every_end_point_declares_its_permission_or_that_it_needs_nobody() => Undeclared(database.Node).ShouldBeEmpty();

    [Fact]
    public async Task A_planted_end_point_that_declares_nothing_is_caught_and_answers_nobody()
    {
        var node = await database.StartNodeAsync(also: app =>
        {
            app.MapGet("/planted/nothing", () => Results.Ok());
            app.MapGet("/planted/signed-in", () => Results.Ok()).RequireAuthorization();
            app.MapGet("/planted/misspelt", () => Results.Ok()).RequirePermission("users:raed");
            app.MapGet("/planted/{id}/elsewhere", () => Results.Ok()).RequirePermission(UserPermissions.Read, Reach.OwnUser);
            app.MapGet("/planted/good", () => Results.Ok()).RequirePermission(UserPermissions.Read);
        });
        Undeclared(node)
            .ShouldBe(
                ["/planted/nothing", "/planted/signed-in", "/planted/misspelt", "/planted/{id}/elsewhere"],
                ignoreOrder: true
            );
        var tenant = await node.NewTenantAsync();
        foreach (var path in new[] { "/planted/nothing", "/planted/signed-in", "/planted/misspelt" })
        {
            await node.Client().GetAsync(path).ShouldFailAsync(401, ProblemCodes.Unauthenticated);
            await tenant.Http.GetAsync(path).ShouldFailAsync(403, ProblemCodes.MissingScope);
        }

        (await tenant.Http.GetAsync("/planted/good")).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task A_path_or_method_that_is_not_there_is_told_to_whoever_is_known()
    {
        var tenant = await database.Node.NewTenantAsync();
        await tenant.Http.GetAsync("/no/such/place").ShouldFailAsync(404, ProblemCodes.NoSuchEndpoint);
        await tenant.Http.DeleteAsync("/tenant").ShouldFailAsync(405, ProblemCodes.MethodNotAllowed);
    }

    private static List<string> Undeclared(Node node) =>
        [
            .. from endpoint in node.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            where endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null
            let path = endpoint.RoutePattern.RawText!
            let needed = endpoint.Metadata.GetMetadata<NeededPermission>()
            where
                needed is null
                || !Composition
                    .Permissions.Names.Append(KnownPermissions.TenantRead)
                    .Contains(needed.Name, StringComparer.Ordinal)
                || (needed.Reach == Reach.OwnUser && !path.StartsWith("/users/{id}", StringComparison.Ordinal))
            select path,
        ];
}
