using System.CommandLine;
using Hatcheck.Cli;
using Hatcheck.Platform.Verbs;
using Hatcheck.Simulator;

namespace Hatcheck.Demo;

internal static class SimulatorCommand
{
    public static Command Create(Terminal terminal)
    {
        var port = new Option<int>("--port")
        {
            Description = "The port on loopback; 0 takes a free one. Default 8090.",
            DefaultValueFactory = _ => 8090,
        };
        var bots = new Option<string[]>("--bot")
        {
            Description =
                "A bot known from the start, as TOKEN=username; may be repeated. Any other well-formed token gets a made-up bot.",
            HelpName = "TOKEN=NAME",
        };
        var pace = new Option<bool>("--no-pace") { Description = "Sends as fast as it comes, without Telegram's limits." };
        var json = Verb.JsonOption();
        var verb = new Verb(
            "simulator",
            "Runs a stand-in for Telegram on this machine, forgetting everything when it stops: the Bot API at "
                + "/bot{token}/…, the people at /sim.",
            "hatcheck simulator --port 8090",
            "Bot__TelegramUrl=http://127.0.0.1:8090 dotnet run --project bots/MusicBot"
        )
        {
            port,
            bots,
            pace,
            json,
        };
        port.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 65535)
                result.AddError("--port is 0 to 65535.");
        });
        verb.Validators.Add(result =>
        {
            if ((result.GetValue(bots) ?? []).Any(text => text.Split('=') is not [{ Length: > 0 }, { Length: > 0 }]))
                result.AddError("--bot is TOKEN=username.");
        });
        verb.SetAction(
            async (parsed, cancellation) =>
            {
                var options = new SimulatorOptions { Pace = !parsed.GetValue(pace) };
                foreach (var text in parsed.GetValue(bots) ?? [])
                {
                    var parts = text.Split('=');
                    options.Bots.Add(new SimulatedBot(parts[0], parts[1], parts[1]));
                }

                await using var simulator = await SimulatorHost.StartAsync(
                    options,
                    parsed.GetValue(port),
                    TimeProvider.System,
                    cancellation
                );
                var answer = new SimulatorAnswer([$"{simulator.Address}".TrimEnd('/')]);
                if (parsed.GetValue(json))
                    terminal.WriteJson(answer, DemoJson.Default.SimulatorAnswer, isOneLine: true);
                else
                    await terminal.Output.WriteLineAsync($"Telegram is simulated on {simulator.Address}");
                await StopSignal.WaitAsync(cancellation);
                return ExitCode.Ok;
            }
        );
        return verb;
    }
}
