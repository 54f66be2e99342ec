using System.Text.Json.Serialization.Metadata;

namespace Hatcheck.Client;

/// <summary>One call, from which the transport creates a new request for every attempt.</summary>
internal sealed record Call(HttpMethod Method, string Path)
{
    public byte[]? Body { get; init; }

    /// <summary>Sent as <c>Idempotency-Key</c>; makes a write safe to repeat.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Sent as <c>If-Match</c>: the call changes nothing unless the resource still has this tag.</summary>
    public string? IfMatch { get; init; }

    /// <summary>Sent in place of the API key.</summary>
    public string? Bearer { get; init; }

    /// <summary>True if doing it twice has the same effect as once.</summary>
    public bool Repeatable { get; init; }

    /// <summary>
    /// For deletions: this code on a repeated attempt means that the first attempt succeeded, but its answer was lost.
    /// </summary>
    public string? DoneBefore { get; init; }

    /// <summary>
    /// Factor on <see cref="HatcheckClientOptions.TotalTimeout"/>: 1, or more where the answer is large.
    /// </summary>
    public int Patience { get; init; } = 1;

    public static Call Get(string path) => new(HttpMethod.Get, path) { Repeatable = true };

    public static Call Post<T>(string path, T body, JsonTypeInfo<T> type) => Send(HttpMethod.Post, path, body, type);

    public static Call Send<T>(HttpMethod method, string path, T body, JsonTypeInfo<T> type) =>
        new(method, path) { Body = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(body, type) };
}
