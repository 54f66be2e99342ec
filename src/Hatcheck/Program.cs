using Hatcheck.Cli;

return await HatcheckCommand.RunAsync(args);
