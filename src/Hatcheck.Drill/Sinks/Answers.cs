using System.Text;
using Hatcheck.Drill.Search;

namespace Hatcheck.Drill.Sinks;

/// <summary>Every answer that the server gave, until all canaries are known and they can be searched.</summary>
internal sealed class Answers
{
    private readonly List<(Spot Spot, byte[] Bytes)> kept = [];

    /// <summary>How many requests were answered.</summary>
    public int Count => kept.Count(one => one.Spot.Sink == SinkNames.Headers);

    /// <summary>Keeps an answer: its headers, and its body as an error's or as something that this tenant asked for.</summary>
    public void Keep(string request, string? tenant, HttpResponseMessage answer, byte[] body)
    {
        kept.Add(
            (
                new Spot(SinkNames.Headers, request),
                Encoding.UTF8.GetBytes($"{answer.Headers}{answer.Content.Headers}{answer.ReasonPhrase}")
            )
        );
        kept.Add(
            (
                (int)answer.StatusCode < 400
                    ? new Spot(SinkNames.OtherTenant, request, tenant)
                    : new Spot(SinkNames.Refusals, request),
                body
            )
        );
    }

    /// <summary>Keeps what came over a socket that spoke no proper HTTP.</summary>
    public void KeepRaw(string request, byte[] bytes) => kept.Add((new Spot(SinkNames.Refusals, request), bytes));

    /// <summary>Keeps what a verb printed.</summary>
    /// <param name="arguments">Names it.</param>
    /// <param name="tenant">The tenant whose data it was asked to show.</param>
    /// <param name="text">Both streams.</param>
    public void KeepVerb(string arguments, string? tenant, string text)
    {
        // Two verbs may run at once.
        lock (kept)
            kept.Add((new Spot(SinkNames.Verbs, arguments, tenant), Encoding.UTF8.GetBytes(text)));
    }

    public void SearchWith(Searcher searcher)
    {
        foreach (var (spot, bytes) in kept)
            searcher.Search(spot, bytes);
    }
}
