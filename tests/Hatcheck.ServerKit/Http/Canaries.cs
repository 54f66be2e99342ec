using System.Buffers.Binary;
using System.Text;

namespace Hatcheck.ServerKit.Http;

/// <summary>
/// Secrets planted by a test, and the forms in which they could appear: raw, in hex, in base64, as a number's bytes.
/// </summary>
internal sealed class Canaries
{
    private readonly List<(string Name, byte[] Bytes)> patterns = [];

    public void Plant(string name, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        Add($"{name} as it is", bytes);
        Add($"{name} in UTF-16", Encoding.Unicode.GetBytes(value));
        Add($"{name} in hex", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes)));
        Add($"{name} in upper-case hex", Encoding.ASCII.GetBytes(Convert.ToHexString(bytes)));
        Add($"{name} percent-encoded", Encoding.ASCII.GetBytes(Uri.EscapeDataString(value)));
        // Base64 of a longer text holds it at one of three offsets; characters that depend on its neighbours are left out.
        for (var before = 0; before < 3; before++)
        {
            var text = Convert.ToBase64String([.. new byte[before], .. bytes]).TrimEnd('=');
            var from = before == 0 ? 0 : before + 1;
            Add($"{name} in base64", Encoding.ASCII.GetBytes(text[from..^2]));
            Add($"{name} in base64url", Encoding.ASCII.GetBytes(text[from..^2].Replace('+', '-').Replace('/', '_')));
        }

        if (!long.TryParse(value, out var number))
            return;
        var eight = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(eight, number);
        Add($"{name} as a number", eight[1..]);
        Add($"{name} as a number in hex", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(eight[1..])));
        Array.Reverse(eight);
        Add($"{name} as a number backwards", eight[..7]);
    }

    /// <summary>The canaries that a text or file holds.</summary>
    public IEnumerable<string> FoundIn(ReadOnlySpan<byte> haystack)
    {
        var found = new List<string>();
        foreach (var (name, bytes) in patterns)
        {
            if (haystack.IndexOf(bytes) >= 0)
                found.Add(name);
        }

        return found;
    }

    public IEnumerable<string> FoundIn(string text) => FoundIn(Encoding.UTF8.GetBytes(text));

    private void Add(string name, byte[] bytes) => patterns.Add((name, bytes));
}
