using System.Security.Cryptography;

namespace Hatcheck.Drill.Search;

/// <summary>Every canary of a drill. Values are random, so that none occurs by chance or from an earlier drill.</summary>
internal sealed class CanaryBook
{
    private const string Letters = "bcdfghjkmnpqrstvwxz23456789";
    private readonly List<Canary> canaries = [];
    private readonly List<(string Name, string Id)> ids = [];

    public IReadOnlyList<Canary> All => canaries;

    /// <summary>Messenger ids, whose hashes are searched for too.</summary>
    public IReadOnlyList<(string Name, string Id)> Ids => ids;

    public void Add(Canary canary)
    {
        if (!canaries.Exists(known => known.Bytes.AsSpan().SequenceEqual(canary.Bytes)))
            canaries.Add(canary);
    }

    /// <summary>Adds a value that is known to be in these sinks, and must be found there.</summary>
    public void AddControl(string value, params ReadOnlySpan<string> sinks) =>
        canaries.Add(
            Canary.Of(
                $"control in {sinks[0]}",
                value,
                owner: null,
                [.. sinks.ToArray().Select(sink => new ExpectedPlace(sink))]
            ) with
            {
                IsControl = true,
            }
        );

    /// <summary>A unique text, with letters outside ASCII if there is room.</summary>
    /// <param name="name">A description.</param>
    /// <param name="owner">The tenant that plants it.</param>
    /// <param name="longest">Its maximum length.</param>
    /// <param name="isAscii">True if the place takes ASCII only.</param>
    public string Text(string name, string? owner, int longest = 40, bool isAscii = false)
    {
        var text = !isAscii && longest >= 32 ? $"{Word(14)} Grüße 東京 {Word(8)}" : Word(Math.Min(longest, 22));
        Add(Canary.Of(name, text, owner));
        return text;
    }

    /// <summary>A Telegram id of seven bytes, so that its bytes are unique.</summary>
    public string TelegramId(string name, string owner) =>
        Id(
            name,
            owner,
            $"{RandomNumberGenerator.GetInt32(1_000_000, 4_400_000)}{RandomNumberGenerator.GetInt32(100_000_000, 999_999_999)}"
        );

    public string Phone(string name, string owner) =>
        Id(name, owner, $"+49151{RandomNumberGenerator.GetInt32(100_000_000, 999_999_999)}");

    /// <summary>Unique digits, for places that take a number.</summary>
    public string Digits(string name, string owner)
    {
        var digits =
            $"{RandomNumberGenerator.GetInt32(1_000_000, 4_400_000)}{RandomNumberGenerator.GetInt32(100_000_000, 999_999_999)}";
        Add(Canary.Of(name, digits, owner));
        return digits;
    }

    public static string Word(int length) => RandomNumberGenerator.GetString(Letters, length);

    private string Id(string name, string owner, string id)
    {
        Add(Canary.Of(name, id, owner));
        ids.Add((name, id));
        return id;
    }
}
