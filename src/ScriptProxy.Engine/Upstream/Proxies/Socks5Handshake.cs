using System.Buffers.Binary;
using System.Net;
using System.Text;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Upstream.Proxies;

/// <summary>Asks a SOCKS5 proxy for a connection (RFC 1928 §3 to §6, RFC 1929). Reads its answers to the byte: what follows is the destination's.</summary>
internal sealed class Socks5Handshake(ProxyAddress proxy, HopTarget target, ProxyOptions options)
{
    private const byte Version = 5;
    private const byte NoAuthentication = 0;
    private const byte UserAndPassword = 2;
    private const byte NoneAcceptable = 0xFF;
    private const byte Connect = 1;
    private const byte TypeIPv4 = 1;
    private const byte TypeName = 3;
    private const byte TypeIPv6 = 4;

    /// <param name="stream">The proxy's; left at the first byte of the destination.</param>
    /// <param name="address">What to connect to; null for the name of the target.</param>
    /// <param name="port">What to connect to.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for it any more.</param>
    /// <exception cref="SocksReplyException">The proxy could not connect, or would not.</exception>
    /// <exception cref="FlowException">It does not speak SOCKS5, wants other credentials, or left.</exception>
    public async Task RunAsync(Stream stream, IPAddress? address, int port, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(options.ConnectTimeout);
        try
        {
            await AuthenticateAsync(stream, timeout.Token);
            await stream.WriteAsync(Request(address, port), timeout.Token);
            await ReadReplyAsync(stream, timeout.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FlowException(FlowErrors.ProxyTimeout(proxy.Shown, target.Authority), exception);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            throw new FlowException(FlowErrors.ProxyClosed(proxy.Shown, target.Authority), exception);
        }
    }

    private async Task AuthenticateAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] greeting = proxy.Url.User is null ? [Version, 1, NoAuthentication] : [Version, 2, NoAuthentication, UserAndPassword];
        await stream.WriteAsync(greeting, cancellationToken);
        var answer = await ReadAsync(stream, 2, cancellationToken);
        if (answer[0] != Version) throw Malformed("no SOCKS5 version");
        switch (answer[1])
        {
            case NoAuthentication:
                return;
            case UserAndPassword when proxy.Url.User is { } user:
                await SendCredentialsAsync(stream, user, cancellationToken);
                return;
            case NoneAcceptable:
                throw new FlowException(FlowErrors.SocksAuthentication(proxy.Shown, proxy.Url.User is not null));
            default:
                throw Malformed($"an authentication method that was not offered ({answer[1]})");
        }
    }

    private async Task SendCredentialsAsync(Stream stream, string user, CancellationToken cancellationToken)
    {
        byte[] name = Encoding.UTF8.GetBytes(user), password = Encoding.UTF8.GetBytes(proxy.Url.Password);
        await stream.WriteAsync((byte[])[1, (byte)name.Length, .. name, (byte)password.Length, .. password], cancellationToken);
        var answer = await ReadAsync(stream, 2, cancellationToken);
        if (answer[1] != 0) throw new FlowException(FlowErrors.SocksAuthentication(proxy.Shown, hadCredentials: true));
    }

    private byte[] Request(IPAddress? address, int port)
    {
        byte[] number = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(number, (ushort)port);
        if (address is null)
        {
            var name = Encoding.ASCII.GetBytes(target.Host);
            return [Version, Connect, 0, TypeName, (byte)name.Length, .. name, .. number];
        }

        var bytes = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes();
        return [Version, Connect, 0, bytes.Length == 4 ? TypeIPv4 : TypeIPv6, .. bytes, .. number];
    }

    private async Task ReadReplyAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = await ReadAsync(stream, 4, cancellationToken);
        if (head[0] != Version) throw Malformed("no SOCKS5 version");
        if (head[1] != 0) throw new SocksReplyException(FlowErrors.SocksRefused(proxy.Shown, target.Authority, head[1]), isOfAddress: head[1] is 1 or (>= 3 and <= 6) or 8);
        var addressLength = head[3] switch
        {
            TypeIPv4 => 4,
            TypeIPv6 => 16,
            TypeName => (await ReadAsync(stream, 1, cancellationToken))[0],
            _ => throw Malformed($"an address of unknown type ({head[3]})"),
        };
        await ReadAsync(stream, addressLength + 2, cancellationToken);
    }

    private static async Task<byte[]> ReadAsync(Stream stream, int count, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }

    private FlowException Malformed(string problem) => new(FlowErrors.ProxyAnswer(proxy.Shown, problem));
}
