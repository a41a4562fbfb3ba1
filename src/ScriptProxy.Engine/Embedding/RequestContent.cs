using System.Net;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Embedding;

/// <summary>The body of a request that went through addons. What nobody read or replaced is written by the content it came as.</summary>
internal sealed class RequestContent(OutgoingBody body, HttpContent? original) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => WriteAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) => WriteAsync(stream, context, cancellationToken);

    protected override bool TryComputeLength(out long length)
    {
        length = body.Framing.Length;
        return body.Framing.Kind is FramingKind.Length or FramingKind.None;
    }

    private async Task WriteAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (original is not null && body.Bytes.IsEmpty && body.Source is StreamBodyReader { IsStarted: false })
        {
            await original.CopyToAsync(stream, context, cancellationToken);
            return;
        }

        await stream.WriteAsync(body.Bytes, cancellationToken);
        if (body.Source is StreamBodyReader reader) reader.Cancellation = cancellationToken;
        try
        {
            while (body.Source is { } source)
            {
                var piece = await source.ReadAsync();
                if (piece.IsEmpty) break;
                await stream.WriteAsync(piece, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is FlowException or Addons.AddonException)
        {
            throw new HttpRequestException(exception.Message, exception.InnerException ?? exception);
        }
    }
}
