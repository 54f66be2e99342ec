using System.Text.Json.Serialization.Metadata;

namespace Hatcheck.Client;

/// <summary>One call as the transport may repeat it: a request is made afresh from it for every try.</summary>
internal sealed record Call(HttpMethod Method, string Path)
{
    public byte[]? Body { get; init; }

    /// <summary>Sent as <c>Idempotency-Key</c>; makes a write safe to repeat.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Sent as <c>If-Match</c>: the call does nothing unless what it changes still has this tag.</summary>
    public string? IfMatch { get; init; }

    /// <summary>Sent in place of the API key.</summary>
    public string? Bearer { get; init; }

    /// <summary>Whether doing it twice ends as doing it once.</summary>
    public bool Repeatable { get; init; }

    /// <summary>
    /// For deletions: on a repeated try this answer means that the first try did its work although its answer was lost.
    /// </summary>
    public string? DoneBefore { get; init; }

    /// <summary>
    /// How much of <see cref="HatcheckClientOptions.TotalTimeout"/> it may take: 1, or more where the answer is large.
    /// </summary>
    public int Patience { get; init; } = 1;

    public static Call Get(string path) => new(HttpMethod.Get, path) { Repeatable = true };

    public static Call Post<T>(string path, T body, JsonTypeInfo<T> type) => Send(HttpMethod.Post, path, body, type);

    public static Call Send<T>(HttpMethod method, string path, T body, JsonTypeInfo<T> type) =>
        new(method, path) { Body = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(body, type) };
}
