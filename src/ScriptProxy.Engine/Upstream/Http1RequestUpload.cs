using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Upstream;

/// <summary>An upload over HTTP/1.1.</summary>
internal sealed class Http1RequestUpload(UpstreamConnection upstream, OutgoingBody body, ExchangeDeadline deadline, ProxyOptions options) : RequestUpload(body, deadline, options)
{
    private readonly Http1BodyWriter _writer = new(upstream.Wire, deadline, options.BodyIdleTimeout);

    protected override async ValueTask CopyAsync(OutgoingBody body)
    {
        using var buffer = new WireBuffer();
        await _writer.CopyRestAsync(body, buffer);
    }

    protected override void AbortUpstream() => upstream.Abort();
}
