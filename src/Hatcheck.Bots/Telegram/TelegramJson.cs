using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hatcheck.Bots.Telegram;

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.Strict,
    MaxDepth = 256
)]
[JsonSerializable(typeof(ApiAnswer))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(JsonElement[]))]
[JsonSerializable(typeof(WireUser))]
[JsonSerializable(typeof(WireMessage))]
[JsonSerializable(typeof(WireCallback))]
[JsonSerializable(typeof(WireFile))]
[JsonSerializable(typeof(GetUpdatesRequest))]
[JsonSerializable(typeof(SetWebhookRequest))]
[JsonSerializable(typeof(DeleteWebhookRequest))]
[JsonSerializable(typeof(SendMessageRequest))]
[JsonSerializable(typeof(EditMessageTextRequest))]
[JsonSerializable(typeof(AnswerCallbackRequest))]
[JsonSerializable(typeof(SendChatActionRequest))]
[JsonSerializable(typeof(SetMyCommandsRequest))]
[JsonSerializable(typeof(GetFileRequest))]
[JsonSerializable(typeof(DeleteMessageRequest))]
internal sealed partial class TelegramJson : JsonSerializerContext;
