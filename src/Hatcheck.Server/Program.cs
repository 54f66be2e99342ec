using Hatcheck.Server.Cli;

return await HatcheckCommand.RunAsync(args);
