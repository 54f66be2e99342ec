using System.Text;
using Hatcheck.Drill.Search;

namespace Hatcheck.Drill.Sinks;

/// <summary>Keeps every answer of the server until all canaries are known, to be searched then.</summary>
internal sealed class Answers
{
    private readonly List<(Spot Spot, byte[] Bytes)> kept = [];

    /// <summary>The number of answered requests.</summary>
    public int Count => kept.Count(one => one.Spot.Sink == SinkNames.Headers);

    /// <summary>Keeps an answer: its headers, and its body as an error or as this tenant's data.</summary>
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

    /// <summary>Keeps the answer to invalid HTTP.</summary>
    public void KeepRaw(string request, byte[] bytes) => kept.Add((new Spot(SinkNames.Refusals, request), bytes));

    /// <summary>Keeps a verb's output.</summary>
    /// <param name="arguments">Its name: the command line.</param>
    /// <param name="tenant">The tenant whose data it shows.</param>
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
