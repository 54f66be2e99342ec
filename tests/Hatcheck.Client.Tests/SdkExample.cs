using Hatcheck.Contracts;
using Hatcheck.Crypto;

namespace Hatcheck.Client.Tests;

/// <summary>The example of docs/reference/sdk.md, compiled here; a test holds the two together.</summary>
internal static class SdkExample
{
    public static async Task GreetAsync(string apiKey, long telegramId, CancellationToken cancellation)
    {
        // example
        using var key = new SecretText(apiKey);
        using var hatcheck = new HatcheckClient(
            new HatcheckClientOptions { Url = new Uri("https://hatcheck.example"), ApiKey = key }
        );

        try
        {
            var user = await hatcheck.ResolveTelegramAsync(telegramId, cancellation);
            await hatcheck.RecordUsageAsync(user.Id, new UsageRequest("command.start"), cancellation: cancellation);
        }
        catch (HatcheckUnavailableException outage)
        {
            Console.Error.WriteLine($"Hatcheck is away, try again: {outage.Message}");
        }
        catch (HatcheckException refusal) when (refusal.Code == ProblemCodes.UserErased)
        {
            Console.Error.WriteLine("This person was erased meanwhile.");
        }
        // end
    }
}
