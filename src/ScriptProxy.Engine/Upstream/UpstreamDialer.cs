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
    private readonly string? _via = ViaField.Of(options)?.Continue(null);
    private long _lastId;

    /// <summary>The route of a request: to be asked before the pool, whose key it is part of.</summary>
    /// <exception cref="FlowException">What was configured cannot be followed.</exception>
    public ValueTask<Route> ChooseAsync(Destination destination, Flow flow)
    {
        var choosing = flow.ChosenUpstream is { } via
            ? routes.ChooseAsync(via, destination.Host, destination.Port, destination.IsTls)
            : routes.ChooseAsync(destination.Host, destination.Port, destination.IsTls);
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
    /// <param name="offerHttp2">Whether h2 is offered before http/1.1; without TLS nothing is, and it is spoken.</param>
    /// <inheritdoc cref="ConnectAsync(Destination, Route, HttpFlow)" path="/exception"/>
    public Task<DialledConnection> DialAsync(Destination destination, Route route, HttpFlow flow, bool offerHttp2) => watch.ConnectAsync(
        NewConnect(flow.Client, flow, destination.Host, destination.Port, destination.IsTls, route, destination.Address), connect => DialAsync(destination, route, connect, offerHttp2, flow.Aborted));

    /// <summary>A connection for a tunnel: nothing is spoken on it yet. The caller disposes it.</summary>
    /// <inheritdoc cref="ConnectAsync(Destination, Route, HttpFlow)" path="/exception"/>
    /// <param name="client">Who asked for it.</param>
    /// <param name="host">Where to.</param>
    /// <param name="port">Where to.</param>
    /// <param name="via">The Via that a proxy between is sent; null for ours alone, if there is one.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for it any more.</param>
    public async Task<DialledConnection> DialTunnelAsync(ClientConnection client, string host, int port, string? via, CancellationToken cancellationToken)
    {
        var chosen = await routes.ChooseAsync(host, port, isTls: true);
        var route = chosen.Hop.Pick(chosen);
        return await watch.ConnectAsync(NewConnect(client, null, host, port, isTls: false, route), connect => DialTunnelAsync(route, connect, via ?? _via, cancellationToken));
    }

    /// <summary>The connection as HTTP/1.1 uses it, which owns it from here on.</summary>
    public UpstreamConnection NewConnection(DialledConnection dialled)
    {
        // Responses may have more fields than requests: origins set cookies.
        var parser = new HeadParser(options.MaxResponseHeadBytes, options.MaxResponseHeadBytes, options.MaxHeaders * 2, options.Lax);
        return new UpstreamConnection(dialled, parser);
    }

    private static UpstreamConnect NewConnect(ClientConnection client, HttpFlow? flow, string host, int port, bool isTls, Route route, string? address = null) =>
        new(client, flow, host, port, isTls, address) { Upstream = route.Hop.Name, RouteReason = route.Reason };

    private static Route Choose(Route chosen, Destination destination, Flow flow)
    {
        var route = chosen.Hop.Pick(chosen);
        flow.Route = route;
        return flow.Request.IsUpgrade && !destination.IsTls ? route.Tunnelled : route;
    }

    /// <param name="destination">What to connect to.</param>
    /// <param name="route">The way that was chosen before addons were asked: what the connection is kept by.</param>
    /// <param name="connect">What addons made of it.</param>
    /// <param name="offerHttp2">Whether h2 is offered; without TLS, spoken.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for it any more.</param>
    private async Task<DialledConnection> DialAsync(Destination destination, Route route, UpstreamConnect connect, bool offerHttp2, CancellationToken cancellationToken)
    {
        var taken = await TakenAsync(route, connect, destination.IsTls);
        var absoluteForm = !destination.IsTls && !offerHttp2 && !taken.AlwaysTunnels && !connect.IsElsewhere && destination.Address is null;
        var way = await OpenAsync(taken, connect, absoluteForm, _via, cancellationToken);
        var server = NewServer(connect, taken, way);
        if (!destination.IsTls)
        {
            if (offerHttp2) server.ApplicationProtocol = DialledConnection.PriorKnowledge;
            connect.Server = server;
            return new DialledConnection(ToWire(way), route, server) { Destination = destination, IsDiverted = connect.IsDiverted, AbsoluteForm = way.AbsoluteForm };
        }

        var transport = new TlsTransport(way.Stream, way.Received);
        var tls = await HandshakeAsync(destination, way, transport, connect, offerHttp2, cancellationToken);
        server.TlsProtocol = tls.SslProtocol;
        server.ApplicationProtocol = tls.NegotiatedApplicationProtocol.Protocol.IsEmpty ? null : tls.NegotiatedApplicationProtocol.ToString();
        connect.Server = server;
        var wire = new BufferedConnection(way.Socket, tls, transport);
        return new DialledConnection(wire, route, server) { Destination = destination, IsDiverted = connect.IsDiverted, Transport = transport };
    }

    private async Task<DialledConnection> DialTunnelAsync(Route route, UpstreamConnect connect, string? via, CancellationToken cancellationToken)
    {
        var taken = await TakenAsync(route, connect, isTls: true);
        var way = await OpenAsync(taken, connect, absoluteForm: false, via, cancellationToken);
        return new DialledConnection(ToWire(way), taken, NewServer(connect, taken, way)) { IsDiverted = connect.IsDiverted };
    }

    /// <summary>The route that is really taken: an addon may have chosen another.</summary>
    private async ValueTask<Route> TakenAsync(Route route, UpstreamConnect connect, bool isTls)
    {
        if (connect.ChosenUpstream is not { } via) return route;
        var chosen = await routes.ChooseAsync(via, connect.Host, connect.Port, isTls);
        var taken = chosen.Hop.Pick(chosen);
        if (connect.Flow is not Flow flow) return taken;
        flow.Route = taken;
        return flow.Request.IsUpgrade ? taken.Tunnelled : taken;
    }

    private ServerConnection NewServer(UpstreamConnect connect, Route route, OpenWay way) => new($"s{Interlocked.Increment(ref _lastId):x}", connect.Host, connect.Port)
    {
        Upstream = (way.Hop ?? route.Hop).Name,
        RouteReason = route.Reason,
        RemoteEndPoint = connect.RemoteEndPoint,
    };

    private static async Task<OpenWay> OpenAsync(Route route, UpstreamConnect connect, bool absoluteForm, string? via, CancellationToken cancellationToken)
    {
        var target = new HopTarget(connect.DialHost, connect.DialPort, absoluteForm) { IsDiverted = connect.IsElsewhere, Via = via };
        try
        {
            var way = await route.Hop.ConnectAsync(target, cancellationToken);
            connect.RemoteEndPoint = way.RemoteEndPoint;
            connect.Upstream = (way.Hop ?? route.Hop).Name;
            connect.RouteReason = route.Reason;
            return way;
        }
        catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new FlowException(FlowErrors.GivenUp(target.Authority), exception);
        }
    }

    private static BufferedConnection ToWire(OpenWay way)
    {
        var wire = new BufferedConnection(way.Socket, way.Stream, way.Transport);
        wire.Prepend(way.Received.Span);
        return wire;
    }

    private async Task<SslStream> HandshakeAsync(Destination destination, OpenWay way, TlsTransport transport, UpstreamConnect connect, bool offerHttp2, CancellationToken cancellationToken)
    {
        var tls = new SslStream(transport, leaveInnerStreamOpen: false);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(options.HandshakeTimeout);
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
            if (cancellationToken.IsCancellationRequested) throw new FlowException(FlowErrors.GivenUp(destination.Authority), exception);
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
