using System.Buffers.Text;
using System.Text;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Upstream.Proxies;

/// <summary>Asks an HTTP proxy for a tunnel (RFC 9110 §9.3.6) and reads its answer, and nothing of what follows it.</summary>
internal sealed class ConnectHandshake(ProxyAddress proxy, HopTarget target, ProxyOptions options)
{
    private const int MaxInformational = 8;

    /// <returns>The way through the proxy, with what the destination has sent already.</returns>
    /// <exception cref="FlowException">The proxy refused, or its answer is none. The way is the caller's to dispose.</exception>
    public async Task<OpenWay> RunAsync(OpenWay way, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(options.ConnectTimeout);

        // Not disposed: the socket lives on, and the buffer is given back below.
        var wire = new BufferedConnection(way.Socket, way.Stream, way.Transport);
        try
        {
            await way.Stream.WriteAsync(Request(), timeout.Token);
            if (await ReadStatusAsync(wire, timeout.Token) is var status && status is < 200 or > 299) throw new FlowException(FlowErrors.ProxyRefused(proxy.Shown, target.Authority, status, proxy.Url.User is not null));
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FlowException(FlowErrors.ProxyTimeout(proxy.Shown, target.Authority), exception);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            throw new FlowException(FlowErrors.ProxyClosed(proxy.Shown, target.Authority), exception);
        }

        var received = wire.Buffered.ToArray();
        wire.Consume(received.Length);
        wire.ReleaseBuffer();
        return new OpenWay(way.Socket, way.Stream, way.Transport) { Received = received };
    }

    private byte[] Request()
    {
        var via = target.Via is null ? "" : $"Via: {target.Via}\r\n";
        return [.. Encoding.Latin1.GetBytes($"CONNECT {target.Authority} HTTP/1.1\r\nHost: {target.Authority}\r\n{via}"), .. proxy.AuthorizationLine, .. "\r\n"u8];
    }

    private async Task<int> ReadStatusAsync(BufferedConnection wire, CancellationToken cancellationToken)
    {
        var parser = new HeadParser(options.MaxResponseHeadBytes, options.MaxResponseHeadBytes, options.MaxHeaders * 2, lax: false);
        for (var informational = 0; informational <= MaxInformational; informational++)
        {
            parser.Reset();
            while (!TryReadHead(parser, wire))
            {
                if (await wire.FillAsync(cancellationToken) == 0) throw new FlowException(FlowErrors.ProxyClosed(proxy.Shown, target.Authority));
            }

            var status = StatusOf(parser, wire);
            wire.Consume(parser.Length);
            if (status is < 100 or > 199) return status;
        }

        throw Malformed("too many 1xx responses");
    }

    /// <returns>False while the head is not complete.</returns>
    private bool TryReadHead(HeadParser parser, BufferedConnection wire) => wire.HasBuffered && parser.Parse(wire.Buffered) switch
    {
        HeadStatus.Complete => true,
        HeadStatus.Incomplete => false,
        HeadStatus.Malformed => throw Malformed(parser.Problem!),
        HeadStatus.TooManyLines => throw Malformed("too many headers"),
        _ => throw Malformed($"a head longer than {options.MaxResponseHeadBytes} bytes (--max-response-head-bytes)"),
    };

    private int StatusOf(HeadParser parser, BufferedConnection wire)
    {
        var line = parser.Build(wire.Buffered).StartLine;
        if (line.Length < 12 || !line.StartsWith("HTTP/1."u8) || line[8] != ' ' || (line.Length > 12 && line[12] != ' ') ||
            !Utf8Parser.TryParse(line.Slice(9, 3), out int status, out var digits) || digits != 3 || status < 100)
            throw Malformed("a status line that is not HTTP/1.1");
        return status;
    }

    private FlowException Malformed(string problem) => new(FlowErrors.ProxyAnswer(proxy.Shown, problem));
}
