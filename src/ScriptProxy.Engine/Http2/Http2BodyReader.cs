using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Http2;

/// <summary>Reads the body of an HTTP/2 request; what is not read is not acknowledged, so that the client's window closes (RFC 9113 §5.2).</summary>
internal sealed class Http2BodyReader(PipeReader reader, Framing framing, IHttpRequestTrailersFeature? trailers) : BodyReader
{
    private SequencePosition? _consumed;

    public override Framing Framing => framing;

    public override HeaderBlock? Trailers => IsCompleted && trailers is { Available: true, Trailers.Count: > 0 } ? Copy(trailers.Trailers) : null;

    /// <summary>The request's body; null when it has none.</summary>
    public static Http2BodyReader? Of(IFeatureCollection features)
    {
        if (features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true }) return null;
        if (features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true }) return null;
        var length = features.GetRequiredFeature<IHttpRequestFeature>().Headers.ContentLength;
        if (length == 0) return null;
        var framing = length is { } known ? Framing.OfLength(known) : Framing.Chunked;
        return new Http2BodyReader(features.GetRequiredFeature<IRequestBodyPipeFeature>().Reader, framing, features.Get<IHttpRequestTrailersFeature>());
    }

    /// <summary>Wakes a pending read, which then fails as if the client had left.</summary>
    public void Cancel()
    {
        try
        {
            reader.CancelPendingRead();
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // Kestrel says so when the client has reset the stream: the read fails without our help.
        }
    }

    public override async ValueTask<ReadOnlyMemory<byte>> ReadAsync()
    {
        if (IsCompleted) return default;
        IsStarted = true;
        try
        {
            if (_consumed is { } consumed) reader.AdvanceTo(consumed);
            _consumed = null;
            var result = await reader.ReadAsync();
            if (result.IsCanceled) throw FlowException.ClientGone();
            if (result.Buffer.IsEmpty)
            {
                reader.AdvanceTo(result.Buffer.End);
                IsCompleted = true;
                return default;
            }

            var piece = result.Buffer.First;
            _consumed = result.Buffer.GetPosition(piece.Length);
            BytesRead += piece.Length;
            return piece;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or BadHttpRequestException)
        {
            throw FlowException.ClientGone(exception);
        }
    }

    private static HeaderBlock Copy(IHeaderDictionary from)
    {
        var block = new HeaderBlock();
        foreach (var (name, values) in from)
        {
            foreach (var value in values)
            {
                if (HeaderSyntax.IsToken(name) && value is not null && !value.AsSpan().ContainsAny("\r\n\0")) block.AppendLine(name, value);
            }
        }

        return block;
    }
}
