using System.Diagnostics.CodeAnalysis;
using Hatcheck.Crypto;

namespace Hatcheck.Platform.Channels;

/// <summary>WhatsApp: users by their phone number.</summary>
internal sealed class WhatsAppChannel : IChannel
{
    public string Name => "whatsapp";

    public string Kind => "phone";

    public string Form => "A WhatsApp id is a phone number in E.164 form: + and 7 to 15 ASCII digits, such as +491701234567.";

    public bool TryCanonical(string id, [NotNullWhen(true)] out string? canonical) => CanonicalId.TryPhone(id, out canonical);
}
