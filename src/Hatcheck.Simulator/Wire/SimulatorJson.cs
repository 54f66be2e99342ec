using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hatcheck.Simulator.Wire;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(User))]
[JsonSerializable(typeof(Message))]
[JsonSerializable(typeof(Update))]
[JsonSerializable(typeof(WebhookInfo))]
[JsonSerializable(typeof(ChatFullInfo))]
[JsonSerializable(typeof(FileInfo))]
[JsonSerializable(typeof(IReadOnlyList<BotCommand>))]
[JsonSerializable(typeof(IReadOnlyList<PageBot>))]
[JsonSerializable(typeof(IReadOnlyList<PagePerson>))]
[JsonSerializable(typeof(PageChat))]
[JsonSerializable(typeof(NewPerson))]
[JsonSerializable(typeof(NewText))]
[JsonSerializable(typeof(EditedText))]
[JsonSerializable(typeof(PressedButton))]
[JsonSerializable(typeof(CallbackAnswer))]
[JsonSerializable(typeof(PageEvent))]
[JsonSerializable(typeof(PageProblem))]
[JsonSerializable(typeof(SimulatorFaults))]
[JsonSerializable(typeof(JsonDocument))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(long))]
internal sealed partial class SimulatorJson : JsonSerializerContext;
