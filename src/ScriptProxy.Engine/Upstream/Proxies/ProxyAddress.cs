using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Upstream.Dialling;
using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Upstream.Proxies;

/// <summary>Where a proxy is and how to get a connection to it: TCP, then TLS where its URL says so, verified by what is trusted for this proxy alone. Thread-safe.</summary>
/// <param name="name">How people know it.</param>
/// <param name="url">Where it is.</param>
/// <param name="trust">Whom to believe that they are this proxy; null without TLS.</param>
/// <param name="dialler">Opens the socket.</param>
/// <param name="options">Times and limits.</param>
internal sealed class ProxyAddress(string name, UpstreamUrl url, UpstreamTrust? trust, SocketDialler dialler, ProxyOptions options)
{
    public string Name => name;

    public UpstreamUrl Url => url;

    /// <summary>"corp (https://proxy.example:3128)", without credentials.</summary>
    public string Shown => name == url.Shown ? name : $"{name} ({url.Shown})";

    /// <summary>The field line with the credentials, line break included (RFC 7617); empty when there are none.</summary>
    public byte[] AuthorizationLine { get; } = url.User is null
        ? []
        : Encoding.ASCII.GetBytes($"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{url.User}:{url.Password}"))}\r\n");

    /// <summary>A connection on which the proxy's protocol may begin. The caller disposes it.</summary>
    /// <exception cref="FlowException">The proxy cannot be reached; the error says that it is the proxy.</exception>
    public async Task<OpenWay> ConnectAsync(CancellationToken cancellationToken)
    {
        Socket socket;
        try
        {
            socket = await dialler.ConnectAsync(url.Host, url.Port, isTrusted: true, cancellationToken);
        }
        catch (FlowException exception)
        {
            throw new FlowException(exception.Error with { Message = $"The upstream proxy {Shown} is not there: {exception.Error.Message}" }, exception) { ProxyIsDown = true };
        }

        var stream = new NetworkStream(socket, ownsSocket: true);
        return trust is null ? new OpenWay(socket, stream) : await StartTlsAsync(trust, socket, stream, cancellationToken);
    }

    private async Task<OpenWay> StartTlsAsync(UpstreamTrust proxyTrust, Socket socket, NetworkStream stream, CancellationToken cancellationToken)
    {
        var transport = new TlsTransport(stream);
        var tls = new SslStream(transport, leaveInnerStreamOpen: false);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(options.HandshakeTimeout);
        try
        {
            await tls.AuthenticateAsClientAsync(proxyTrust.For(url.Host, http2: false), timeout.Token);
            return new OpenWay(socket, tls, transport);
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException or OperationCanceledException or ObjectDisposedException or InvalidHostNameException)
        {
            var error = HandshakeErrors.Of(proxyTrust, $"the upstream proxy {Shown}", tls, exception);
            await tls.DisposeAsync();
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw new FlowException(error, exception) { ProxyIsDown = true };
        }
    }
}
