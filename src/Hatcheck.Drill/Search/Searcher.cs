using System.Buffers;

namespace Hatcheck.Drill.Search;

/// <summary>
/// Searches bytes, raw and with embedded encodings decoded, and records the finds. For one thread.
/// </summary>
internal sealed class Searcher(IReadOnlyCollection<Canary> canaries, DigestSet digests, SearchResults results)
{
    private const int Piece = 4 << 20;
    private const int Overlap = 64 << 10;

    /// <summary>Maximum depth of encodings inside encodings.</summary>
    private const int Deepest = 2;

    private readonly PatternSet patterns = new(canaries.SelectMany(Forms.Of));

    /// <summary>Called with the number of bytes, after each piece.</summary>
    public Action<long>? Searched { get; init; }

    public int Canaries { get; } = canaries.Count(canary => !canary.IsControl);

    public int Patterns => patterns.Count;

    public int Digests => digests.Count;

    /// <summary>Searches a whole value.</summary>
    public void Search(Spot spot, ReadOnlyMemory<byte> data)
    {
        results.Of(spot.Sink).Bytes += data.Length;
        Look(spot, data, "", 0, isWhole: true);
        Searched?.Invoke(data.Length);
    }

    /// <summary>Searches a stream piece by piece; the pieces overlap, so that no match is split.</summary>
    public async Task SearchAsync(Spot spot, Stream stream, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Overlap + Piece);
        try
        {
            var kept = 0;
            while (true)
            {
                var read = await stream.ReadAtLeastAsync(
                    buffer.AsMemory(kept, Piece),
                    Piece,
                    throwOnEndOfStream: false,
                    cancellation
                );
                if (read > 0)
                    Look(spot, buffer.AsMemory(0, kept + read), "", 0, isWhole: kept == 0 && read < Piece);
                results.Of(spot.Sink).Bytes += read;
                Searched?.Invoke(read);
                if (read < Piece)
                    return;
                var next = Math.Min(Overlap, kept + read);
                buffer.AsSpan(kept + read - next, next).CopyTo(buffer);
                kept = next;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private void Look(Spot spot, ReadOnlyMemory<byte> data, string wrapping, int depth, bool isWhole)
    {
        patterns.FindIn(
            data.Span,
            pattern =>
            {
                if (!pattern.Canary.MayBeIn(spot))
                {
                    if (!pattern.Canary.IsControl)
                        results.Add(spot, pattern.Canary.Name, wrapping + pattern.Form);
                    return;
                }

                // A canary in its expected place proves that the place was searched.
                results.Of(spot.Sink).ControlSeen = true;
                if (spot.Audience is not null)
                    results.SeenByOwner.Add(pattern.Canary.Name);
            }
        );
        digests.FindIn(data.Span, label => results.Add(spot, label, $"{wrapping}by trying ids"));
        if (depth == Deepest)
            return;
        foreach (var (form, bytes) in NestedDecoder.Open(data, isWhole))
            Look(spot, bytes, $"{wrapping}{form} → ", depth + 1, isWhole: depth == 0);
    }
}
