using MusicBot;

return await MusicBotHost.RunAsync(args);
