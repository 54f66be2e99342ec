using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Hatcheck.Drill.Sinks;
using Hatcheck.Platform;

namespace Hatcheck.Drill.Planting;

/// <summary>An answer, read whole.</summary>
internal sealed record Answer(int Status, byte[] Body)
{
    public bool IsAccepted => Status is >= 200 and < 300;

    public JsonElement? Json()
    {
        try
        {
            return Body.Length == 0 ? null : JsonDocument.Parse(Body).RootElement;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Calls the server under test like any caller, and keeps every answer.</summary>
internal sealed class ApiClient(Uri address, Answers answers) : IDisposable
{
    private const int Patience = 60;
    private readonly HttpClient http = new(
        new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
        }
    )
    {
        BaseAddress = address,
    };

    /// <summary>Sends a request; if the server asks to wait, waits and sends it again.</summary>
    public async Task<Answer> SendAsync(
        Draft draft,
        PlantedTenant? tenant,
        CancellationToken cancellation,
        string? authorization = null
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            using var message = draft.ToMessage();
            if (authorization is not null)
                message.Headers.TryAddWithoutValidation("Authorization", authorization);
            else if (tenant is not null)
                message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tenant.ApiKey);
            using var answer = await http.SendAsync(message, cancellation);
            var body = await answer.Content.ReadAsByteArrayAsync(cancellation);
            answers.Keep($"{draft.Label} → {(int)answer.StatusCode}", tenant?.Name, answer, body);
            if (answer.StatusCode != HttpStatusCode.TooManyRequests || attempt == Patience)
                return new Answer((int)answer.StatusCode, body);
            await Task.Delay(answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1), cancellation);
        }
    }

    /// <summary>Sends bytes that are no valid request, and keeps the answer.</summary>
    public async Task SendRawAsync(string text, CancellationToken cancellation)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(address.Host, address.Port, cancellation);
        var stream = socket.GetStream();
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(text), cancellation);
            socket.Client.Shutdown(SocketShutdown.Send);
            using var answer = new MemoryStream();
            await stream.CopyToAsync(answer, cancellation).WaitAsync(TimeSpan.FromSeconds(20), cancellation);
            answers.KeepRaw("not a proper request", answer.ToArray());
        }
        catch (IOException)
        {
            // The server hung up: there is nothing to search.
        }
        catch (TimeoutException)
        {
            throw new OperatorException("The drill's server did not answer a broken request within 20 seconds.");
        }
    }

    public void Dispose() => http.Dispose();
}
