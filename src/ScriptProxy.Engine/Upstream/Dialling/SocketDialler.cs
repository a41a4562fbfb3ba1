using System.Net;
using System.Net.Sockets;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Upstream.Dialling;

/// <summary>Opens TCP connections: DNS, addresses, sockets. Thread-safe.</summary>
internal sealed class SocketDialler(OwnAddresses ownAddresses)
{
    private readonly Dictionary<(string Host, int Port), IPEndPoint> _mapped = [];

    /// <summary>Dials an address instead of asking DNS. Before the proxy starts only.</summary>
    public void Map(string host, int port, IPEndPoint address) => _mapped[(host, port)] = address;

    /// <summary>Connects to the first address of the host that accepts. The caller disposes the socket.</summary>
    /// <exception cref="FlowException">None did, or the host has none.</exception>
    public async Task<Socket> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var authority = Authority.Format(host, port, 0);
        if (_mapped.TryGetValue((host, port), out var mapped)) return await ConnectAnyAsync(authority, [mapped.Address], mapped.Port, cancellationToken);
        return await ConnectAnyAsync(authority, await ResolveAsync(host, cancellationToken), port, cancellationToken);
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
}
