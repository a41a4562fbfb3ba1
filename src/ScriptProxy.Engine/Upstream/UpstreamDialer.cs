using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Modes;
using ScriptProxy.Engine.Tls;

namespace ScriptProxy.Engine.Upstream;

/// <summary>Opens connections to upstreams: DNS, TCP, TLS, each with its own failure. Thread-safe.</summary>
internal sealed class UpstreamDialer(UpstreamTrust trust, OwnAddresses ownAddresses, UpstreamWatch watch, ProxyOptions options)
{
    private readonly Dictionary<(string Host, int Port), IPEndPoint> _mapped = [];
    private long _lastId;

    /// <summary>Dials an address instead of asking DNS. Before the proxy starts only.</summary>
    public void Map(string host, int port, IPEndPoint address) => _mapped[(host, port)] = address;

    /// <summary>A connection ready for a request, TLS included and verified.</summary>
    /// <param name="destination">What to connect to.</param>
    /// <param name="flow">The flow that needs it, for addons.</param>
    /// <exception cref="FlowException">It could not be had; nothing was sent beyond a ClientHello.</exception>
    /// <exception cref="Addons.AddonException">An addon failed that could have chosen; nothing was dialled.</exception>
    public Task<UpstreamConnection> ConnectAsync(Destination destination, HttpFlow flow) => watch.ConnectAsync(
        new UpstreamConnect(flow.Client, flow, destination.Host, destination.Port, destination.IsTls), connect => ConnectAsync(destination, connect));

    /// <summary>A TCP connection for a tunnel. The caller disposes it.</summary>
    /// <inheritdoc cref="ConnectAsync(Destination, HttpFlow)" path="/exception"/>
    public Task<Socket> ConnectTunnelAsync(ClientConnection client, string host, int port) =>
        watch.ConnectAsync(new UpstreamConnect(client, null, host, port, isTls: false), ConnectSocketAsync);

    private async Task<UpstreamConnection> ConnectAsync(Destination destination, UpstreamConnect connect)
    {
        var server = new ServerConnection($"s{Interlocked.Increment(ref _lastId):x}", destination.Host, destination.Port);
        var socket = await ConnectSocketAsync(connect);
        server.RemoteEndPoint = connect.RemoteEndPoint;
        var stream = new NetworkStream(socket, ownsSocket: true);
        if (!destination.IsTls)
        {
            connect.Server = server;
            return NewConnection(destination, new BufferedConnection(socket, stream), server, connect.IsDiverted);
        }

        var transport = new TlsTransport(stream);
        var tls = await HandshakeAsync(destination, socket, transport, connect);
        server.TlsProtocol = tls.SslProtocol;
        server.ApplicationProtocol = tls.NegotiatedApplicationProtocol.Protocol.IsEmpty ? null : tls.NegotiatedApplicationProtocol.ToString();
        connect.Server = server;
        return NewConnection(destination, new BufferedConnection(socket, tls, transport), server, connect.IsDiverted);
    }

    private async Task<Socket> ConnectSocketAsync(UpstreamConnect connect)
    {
        var socket = await ConnectSocketAsync(connect.DialHost, connect.DialPort);
        connect.RemoteEndPoint = socket.RemoteEndPoint as IPEndPoint;
        return socket;
    }

    private async Task<Socket> ConnectSocketAsync(string host, int port)
    {
        var authority = Authority.Format(host, port, 0);
        using var timeout = new CancellationTokenSource(options.ConnectTimeout);
        try
        {
            if (_mapped.TryGetValue((host, port), out var mapped)) return await ConnectAnyAsync(authority, [mapped.Address], mapped.Port, timeout.Token);
            return await ConnectAnyAsync(authority, await ResolveAsync(host, timeout.Token), port, timeout.Token);
        }
        catch (OperationCanceledException exception)
        {
            throw new FlowException(FlowErrors.ConnectTimeout(authority), exception);
        }
    }

    private UpstreamConnection NewConnection(Destination destination, BufferedConnection wire, ServerConnection server, bool isDiverted)
    {
        // Responses may have more fields than requests: origins set cookies.
        var parser = new HeadParser(options.MaxResponseHeadBytes, options.MaxResponseHeadBytes, options.MaxHeaders * 2, options.Lax);
        return new UpstreamConnection(destination, wire, server, parser) { IsDiverted = isDiverted };
    }

    private static async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal)) return [literal];
        try
        {
            return await Dns.GetHostAddressesAsync(host, cancellationToken);
        }
        catch (SocketException exception)
        {
            throw new FlowException(FlowErrors.Dns(host, exception), exception);
        }
        catch (ArgumentException exception)
        {
            throw new FlowException(FlowErrors.Dns(host, new SocketException((int)SocketError.HostNotFound)), exception);
        }
    }

    private async Task<Socket> ConnectAnyAsync(string authority, IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        FlowException? failure = null;
        foreach (var address in addresses)
        {
            if (ownAddresses.Contains(address, port)) throw new FlowException(FlowErrors.Loop(authority));
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken);
                return socket;
            }
            catch (SocketException exception)
            {
                socket.Dispose();
                failure = new FlowException(FlowErrors.Connect(authority, exception.SocketErrorCode), exception);
            }
            catch (OperationCanceledException)
            {
                socket.Dispose();
                throw;
            }
        }

        throw failure ?? new FlowException(FlowErrors.Connect(authority, SocketError.HostNotFound));
    }

    private async Task<SslStream> HandshakeAsync(Destination destination, Socket socket, TlsTransport transport, UpstreamConnect connect)
    {
        var tls = new SslStream(transport, leaveInnerStreamOpen: false);
        using var timeout = new CancellationTokenSource(options.HandshakeTimeout);
        try
        {
            await tls.AuthenticateAsClientAsync(trust.For(destination.TlsName, http2: false), timeout.Token);
            return tls;
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException or OperationCanceledException or ObjectDisposedException or InvalidHostNameException)
        {
            var error = HandshakeError(destination.Authority, tls, exception);
            await tls.DisposeAsync();
            socket.Dispose();
            await watch.TellAsync(new TlsFailure(TlsSide.Upstream, connect.Client, connect.DialHost, connect.DialPort, error.Message)
            {
                ServerName = IPAddress.TryParse(destination.TlsName, out _) ? null : destination.TlsName,
                Alert = TlsAlert.Of(exception),
                WasCut = TlsAlert.IsCut(exception),
            });
            throw new FlowException(error, exception);
        }
    }

    private FlowError HandshakeError(string authority, SslStream tls, Exception exception)
    {
        if (exception is OperationCanceledException) return FlowErrors.TlsTimeout(authority);
        if (trust.FailureOf(tls) is { } failure) return FlowErrors.Certificate(authority, failure + ".");
        return FlowErrors.Tls(authority, exception is IOException ? "the connection was closed during the handshake." : FirstLine(exception));
    }

    private static string FirstLine(Exception exception)
    {
        var message = exception.InnerException?.Message ?? exception.Message;
        var end = message.IndexOfAny(['\r', '\n']);
        return end < 0 ? message : message[..end];
    }
}
