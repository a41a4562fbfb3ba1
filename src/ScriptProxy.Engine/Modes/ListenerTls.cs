using System.Net.Security;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Tls;

namespace ScriptProxy.Engine.Modes;

/// <summary>
/// TLS that clients speak to a listener itself, as to a web server or an "HTTPS proxy": ended with a given certificate, or with a leaf for
/// the name they ask for. Found out by the first byte, so that one port serves both kinds. Thread-safe.
/// </summary>
internal sealed class ListenerTls(TlsInterceptor interceptor, RootInForce root, ListenerCertificate? given, ProxyOptions options)
{
    private const byte HandshakeRecord = 22;
    private static readonly List<SslApplicationProtocol> Http1 = [SslApplicationProtocol.Http11];
    private static readonly List<SslApplicationProtocol> Http2AndHttp1 = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

    /// <summary>Whether a client that has sent something begins with TLS.</summary>
    public static bool IsTls(ProxyConnection connection) => connection.Wire.Buffered[0] == HandshakeRecord;

    /// <summary>Reads the ClientHello; it stays buffered.</summary>
    /// <returns>Null when the client left, was too slow, or sent none.</returns>
    public async ValueTask<ClientHelloContent?> ReadHelloAsync(ProxyConnection connection)
    {
        connection.Arm(DeadlineKind.Handshake, options.HandshakeTimeout);
        var (protocol, hello) = await ProtocolSniffer.SniffAsync(connection.Wire, options.HandshakeTimeout);
        if (protocol != ClientProtocol.Tls) return null;
        connection.Client.ServerName = hello.ServerName;
        return hello;
    }

    /// <summary>Shakes hands with a client whose ClientHello was read; it is then read and written in clear.</summary>
    /// <param name="connection">Stands before its ClientHello.</param>
    /// <param name="offerHttp2">Whether h2 may be chosen, if the options allow it.</param>
    /// <returns>Whether the client accepted; the connection is of no use otherwise.</returns>
    public async ValueTask<bool> AcceptAsync(ProxyConnection connection, bool offerHttp2)
    {
        var local = connection.Client.LocalEndPoint;
        var name = connection.Client.ServerName ?? local.Address.ToString();
        return await interceptor.InterceptAsync(connection, name, local.Port, () => ChooseAsync(connection, name, offerHttp2 && !options.NoHttp2));
    }

    private async ValueTask<SslServerAuthenticationOptions> ChooseAsync(ProxyConnection connection, string name, bool offerHttp2)
    {
        if (given is not null) return offerHttp2 ? given.WithHttp2 : given.WithHttp1;
        var leaf = await root.Leafs.GetAsync(name, connection.Client.RemoteEndPoint.Address);
        return ListenerCertificate.Options(leaf.ServerCertificateContext!, offerHttp2 ? Http2AndHttp1 : Http1);
    }
}
