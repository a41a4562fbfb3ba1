using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Upstream;

namespace ScriptProxy.Engine.Http2;

/// <summary>Takes each HTTP/2 request through the pipeline. Works on Kestrel's features directly: no hosting, no scopes, no HttpContext.</summary>
internal sealed class Http2Application(FlowPipeline pipeline, UpstreamPool pool, Heartbeat heartbeat, ProxyOptions options) : IHttpApplication<IFeatureCollection>
{
    public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

    public void DisposeContext(IFeatureCollection context, Exception? exception)
    {
    }

    public async Task ProcessRequestAsync(IFeatureCollection context)
    {
        var connection = context.Get<DecryptedConnection>() ?? throw new InvalidOperationException("The request did not come through a handed-over connection.");
        using var buffer = new WireBuffer();
        var exchange = new Http2ClientExchange(context, pool, options);
        if (Http2RequestHead.Read(context, connection.Destination, out var head, out var line) is { } refusal)
        {
            await exchange.RefuseAsync(refusal);
            return;
        }

        var target = new Http2ForwardTarget { Client = connection.Connection.Client, Destination = connection.Destination };
        if (connection.Forwarding is { } forwarding)
        {
            target = await forwarding.ResolveAsync(context, head, line, connection.Connection);
            if (target.Answer is { } answer)
            {
                await exchange.AnswerAsync(answer, line.IsHead(head));
                return;
            }

            if (target.IsConnect)
            {
                await forwarding.ServeTunnelAsync(context, exchange, target, head, connection.Connection, heartbeat);
                return;
            }
        }

        var body = Http2BodyReader.Of(context);
        var expectsContinue = body is not null && head.Find(KnownHeader.Expect) is var expect and >= 0 && Ascii.EqualsIgnoreCase(head.ValueBytes(expect), "100-continue"u8);
        var message = new MessageBody(body, options.BodyLimit) { BeforeRead = expectsContinue ? BeforeRead(exchange, head, buffer) : null };
        var request = new FlowRequest(head, line, target.Destination!, message) { IsUpgrade = exchange.IsWebSocket };
        exchange.Begin(body, expectsContinue);
        heartbeat.Add(exchange.Deadline);
        try
        {
            using var left = context.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted.UnsafeRegister(static deadline => ((ExchangeDeadline)deadline!).LeaveClient(), exchange.Deadline);
            await pipeline.RunAsync(exchange, pipeline.NewFlow(target.Client!, request), buffer);
        }
        finally
        {
            heartbeat.Remove(exchange.Deadline);
        }
    }

    private static Func<ValueTask> BeforeRead(Http2ClientExchange exchange, HeaderBlock head, WireBuffer buffer) => () => exchange.ContinueAsync(head, buffer);
}
