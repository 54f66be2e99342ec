using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;

namespace Hatcheck.Platform.Http.Requests;

/// <summary>
/// Passes a JSON body on and keeps a copy, so that a fault is explained from the text and not from a parser's message.
/// Holds up to the endpoint's limit (64 KiB by default) until the request ends.
/// </summary>
internal sealed class RecordedBody(Stream inner) : Stream
{
    private readonly MemoryStream seen = new();

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Starts recording, where the endpoint reads its body as JSON.</summary>
    public static void Begin(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType is null)
            return;
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != true)
            return;
        context.Request.Body = new RecordedBody(context.Request.Body);
    }

    /// <summary>Returns the whole body, including the part not read yet.</summary>
    public async Task<ReadOnlyMemory<byte>> AllAsync(CancellationToken cancellation)
    {
        await inner.CopyToAsync(seen, cancellation);
        return seen.GetBuffer().AsMemory(0, (int)seen.Length);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        seen.Write(buffer.Span[..read]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            seen.Dispose();
        base.Dispose(disposing);
    }
}
