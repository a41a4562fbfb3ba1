using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Modes;
using ScriptProxy.Engine.Tls;
using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Upstream;

/// <summary>Opens connections to upstreams: the way that the route names, then TLS, each with its own failure. Thread-safe.</summary>
internal sealed class UpstreamDialer(RouteTable routes, UpstreamTrust trust, UpstreamWatch watch, ProxyOptions options)
{
    private long _lastId;

    /// <summary>The route of a request: to be asked before the pool, whose key it is part of.</summary>
    /// <exception cref="FlowException">What was configured cannot be followed.</exception>
    public ValueTask<Route> ChooseAsync(Destination destination, Flow flow)
    {
        var choosing = routes.ChooseAsync(destination.Host, destination.Port, destination.IsTls);
        return choosing.IsCompletedSuccessfully ? new ValueTask<Route>(Choose(choosing.Result, destination, flow)) : AwaitAsync(choosing, destination, flow);

        static async ValueTask<Route> AwaitAsync(ValueTask<Route> choosing, Destination destination, Flow flow) => Choose(await choosing, destination, flow);
    }

    /// <summary>An HTTP/1.1 connection ready for a request, TLS included and verified.</summary>
    /// <param name="destination">What to connect to.</param>
    /// <param name="route">Which way.</param>
    /// <param name="flow">The flow that needs it, for addons.</param>
    /// <exception cref="FlowException">It could not be had; nothing was sent beyond a ClientHello.</exception>
    /// <exception cref="Addons.AddonException">An addon failed that could have chosen; nothing was dialled.</exception>
    public async Task<UpstreamConnection> ConnectAsync(Destination destination, Route route, HttpFlow flow) =>
        NewConnection(await DialAsync(destination, route, flow, offerHttp2: false));

    /// <summary>A connection ready for a request in whichever protocol ALPN chose, TLS included and verified. The caller disposes it.</summary>
    /// <param name="destination">What to connect to.</param>
    /// <param name="route">Which way.</param>
    /// <param name="flow">The flow that needs it, for addons.</param>
    /// <param name="offerHttp2">Whether h2 is offered before http/1.1; without TLS nothing is.</param>
    /// <inheritdoc cref="ConnectAsync(Destination, Route, HttpFlow)" path="/exception"/>
    public Task<DialledConnection> DialAsync(Destination destination, Route route, HttpFlow flow, bool offerHttp2) => watch.ConnectAsync(
        new UpstreamConnect(flow.Client, flow, destination.Host, destination.Port, destination.IsTls), connect => DialAsync(destination, route, connect, offerHttp2));

    /// <summary>A connection for a tunnel: nothing is spoken on it yet. The caller disposes it.</summary>
    /// <inheritdoc cref="ConnectAsync(Destination, Route, HttpFlow)" path="/exception"/>
    public Task<DialledConnection> DialTunnelAsync(ClientConnection client, string host, int port) =>
        watch.ConnectAsync(new UpstreamConnect(client, null, host, port, isTls: false), DialTunnelAsync);

    /// <summary>The connection as HTTP/1.1 uses it, which owns it from here on.</summary>
    public UpstreamConnection NewConnection(DialledConnection dialled)
    {
        // Responses may have more fields than requests: origins set cookies.
        var parser = new HeadParser(options.MaxResponseHeadBytes, options.MaxResponseHeadBytes, options.MaxHeaders * 2, options.Lax);
        return new UpstreamConnection(dialled, parser);
    }

    private async Task<DialledConnection> DialAsync(Destination destination, Route route, UpstreamConnect connect, bool offerHttp2)
    {
        var server = NewServer(destination.Host, destination.Port, route);
        var way = await OpenAsync(route, connect, absoluteForm: !destination.IsTls && !route.AlwaysTunnels && !connect.IsDiverted);
        server.RemoteEndPoint = connect.RemoteEndPoint;
        if (!destination.IsTls)
        {
            connect.Server = server;
            return new DialledConnection(ToWire(way), route, server) { Destination = destination, IsDiverted = connect.IsDiverted, AbsoluteForm = way.AbsoluteForm };
        }

        var transport = new TlsTransport(way.Stream, way.Received);
        var tls = await HandshakeAsync(destination, way, transport, connect, offerHttp2);
        server.TlsProtocol = tls.SslProtocol;
        server.ApplicationProtocol = tls.NegotiatedApplicationProtocol.Protocol.IsEmpty ? null : tls.NegotiatedApplicationProtocol.ToString();
        connect.Server = server;
        var wire = new BufferedConnection(way.Socket, tls, transport);
        return new DialledConnection(wire, route, server) { Destination = destination, IsDiverted = connect.IsDiverted, Transport = transport };
    }

    private async Task<DialledConnection> DialTunnelAsync(UpstreamConnect connect)
    {
        var chosen = await routes.ChooseAsync(connect.Host, connect.Port, isTls: true);
        var route = chosen.Hop.Pick(chosen);
        var server = NewServer(connect.Host, connect.Port, route);
        var way = await OpenAsync(route, connect, absoluteForm: false);
        server.RemoteEndPoint = connect.RemoteEndPoint;
        return new DialledConnection(ToWire(way), route, server) { IsDiverted = connect.IsDiverted };
    }

    private static Route Choose(Route chosen, Destination destination, Flow flow)
    {
        var route = chosen.Hop.Pick(chosen);
        flow.Route = route;
        return flow.Request.IsUpgrade && !destination.IsTls ? route.Tunnelled : route;
    }

    private ServerConnection NewServer(string host, int port, Route route) =>
        new($"s{Interlocked.Increment(ref _lastId):x}", host, port) { Upstream = route.Hop.Name, RouteReason = route.Reason };

    private static async Task<OpenWay> OpenAsync(Route route, UpstreamConnect connect, bool absoluteForm)
    {
        var target = new HopTarget(connect.DialHost, connect.DialPort, absoluteForm);
        var way = await route.Hop.ConnectAsync(target, CancellationToken.None);
        connect.RemoteEndPoint = way.RemoteEndPoint;
        return way;
    }

    private static BufferedConnection ToWire(OpenWay way)
    {
        var wire = new BufferedConnection(way.Socket, way.Stream, way.Transport);
        wire.Prepend(way.Received.Span);
        return wire;
    }

    private async Task<SslStream> HandshakeAsync(Destination destination, OpenWay way, TlsTransport transport, UpstreamConnect connect, bool offerHttp2)
    {
        var tls = new SslStream(transport, leaveInnerStreamOpen: false);
        using var timeout = new CancellationTokenSource(options.HandshakeTimeout);
        try
        {
            await tls.AuthenticateAsClientAsync(trust.For(destination, offerHttp2, connect.ClientCertificate), timeout.Token);
            return tls;
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException or OperationCanceledException or ObjectDisposedException or InvalidHostNameException)
        {
            var error = HandshakeErrors.Of(trust, destination.Authority, tls, exception);
            await tls.DisposeAsync();
            way.Dispose();
            await watch.TellAsync(new TlsFailure(TlsSide.Upstream, connect.Client, connect.DialHost, connect.DialPort, error.Message)
            {
                ServerName = IPAddress.TryParse(destination.TlsName, out _) ? null : destination.TlsName,
                Alert = TlsAlert.Of(exception),
                WasCut = TlsAlert.IsCut(exception),
            });
            throw new FlowException(error, exception);
        }
    }
}
