using Microsoft.AspNetCore.Http.Features;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Http2;

/// <summary>The answer to a CONNECT that came on an HTTP/2 stream (RFC 9113 §8.5): a head, after which DATA frames are the tunnel's bytes.</summary>
internal sealed class ConnectStreamAnswer(IFeatureCollection features, Http2ClientExchange exchange) : TunnelAnswer
{
    public override async ValueTask<bool> TryAcceptAsync()
    {
        features.GetRequiredFeature<IHttpResponseFeature>().StatusCode = 200;
        try
        {
            var flushed = await features.GetRequiredFeature<IHttpResponseBodyFeature>().Writer.FlushAsync();
            return !flushed.IsCompleted;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The client left before it was answered.
            return false;
        }
    }

    public override ValueTask RefuseAsync(FlowError error) => exchange.AnswerAsync(FlowResponse.Of(error), isHead: false);
}
