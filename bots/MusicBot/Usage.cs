namespace MusicBot;

internal static class Usage
{
    public const string Text = """
        music-bot: a Telegram bot that keeps its people's data in Hatcheck.

        It takes its settings from environment variables (or appsettings.json), never from arguments:

          Bot__Token, or Bot__TokenFile           the token that BotFather gave
          Hatcheck__Url                           the Hatcheck server, for example http://127.0.0.1:8080
          Hatcheck__ApiKey, or Hatcheck__ApiKeyFile
                                                  an API key with users:read, users:write, users:erase,
                                                  usage:write, export:read, preferences:read and
                                                  preferences:write
          Hatcheck__IndexKeyFile                  blind-only tenants: the file of `hatcheck keys export-index`
          Bot__OwnerChatId                        the chat that is told of faults
          Bot__TelegramUrl                        default https://api.telegram.org
          Bot__Mode                               polling (default) or webhook
          Bot__WebhookUrl                         webhook: the public https address
          Bot__WebhookSecret, or Bot__WebhookSecretFile
                                                  webhook: 16 to 256 of A-Z a-z 0-9 _ -
          Bot__ListenUrl                          webhook: where to listen, default http://127.0.0.1:8090

        It stops on SIGTERM or Ctrl+C, after finishing what it began. Exit codes: 0 stopped, 1 fault, 2 settings.
        """;
}
