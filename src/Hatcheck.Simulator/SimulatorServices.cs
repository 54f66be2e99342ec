using System.Net;
using Hatcheck.Simulator.BotApi;
using Hatcheck.Simulator.Page;
using Hatcheck.Simulator.Updates;
using Hatcheck.Simulator.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Hatcheck.Simulator;

/// <summary>
/// Adds a simulated Telegram to an ASP.NET application: the Bot API at <c>/bot{token}/…</c>, the chat page's API at
/// <c>/sim</c>.
/// </summary>
public static class SimulatorServices
{
    /// <summary>Registers the simulator; its clock is the registered <see cref="TimeProvider"/>, else the system's.</summary>
    public static IServiceCollection AddTelegramSimulator(this IServiceCollection services, SimulatorOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(s => new TelegramWorld(options, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<UpdateMethods>();
        services.AddSingleton<MethodMap>();
        services.AddSingleton<WebhookAnswer>();
        services.AddSingleton<BotApiEndpoint>();
        services.AddSingleton<PageEndpoints>();
        services.AddSingleton<EventsEndpoint>();
        return services;
    }

    /// <summary>
    /// Maps the simulator's endpoints; anonymous, and for this machine only unless the options allow others.
    /// </summary>
    public static void MapTelegramSimulator(this IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider;
        var options = services.GetRequiredService<TelegramWorld>().Options;
        var botApi = services.GetRequiredService<BotApiEndpoint>();
        services.GetRequiredService<WebhookAnswer>().Attach();

        var all = routes.MapGroup("").AllowAnonymous().DisableAntiforgery().ExcludeFromDescription();
        if (!options.AllowRemote)
            ((IEndpointConventionBuilder)all).Finally(FromThisMachine);
        all.Map("/bot{token}/{method}", botApi.CallAsync);
        all.MapGet("/file/bot{token}/{**path}", botApi.DownloadAsync);
        var sim = all.MapGroup("/sim");
        services.GetRequiredService<PageEndpoints>().Map(sim);
        var stopping = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var events = services.GetRequiredService<EventsEndpoint>();
        sim.MapGet("/events", context => events.ListenAsync(context, stopping));
    }

    private static void FromThisMachine(EndpointBuilder endpoint)
    {
        var next = endpoint.RequestDelegate!;
        endpoint.RequestDelegate = context =>
        {
            // No address at all: an in-process test server.
            if (context.Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address))
                return next(context);
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return context.Response.WriteAsync("The simulator answers only to its own machine.");
        };
    }
}
