using System.Net;
using System.Net.Sockets;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Upstream.Dialling;

/// <summary>Opens TCP connections: --map-host or DNS, what may not be dialled, then the addresses in the order of RFC 8305. Thread-safe.</summary>
internal sealed class SocketDialler
{
    private readonly OwnAddresses _ownAddresses;
    private readonly ProxyOptions _options;
    private readonly HappyEyeballs _race;
    private readonly IPAddress? _source;

    /// <exception cref="ProxyStartException">--bind names an address that is none of this machine.</exception>
    public SocketDialler(OwnAddresses ownAddresses, ProxyOptions options, TimeProvider time)
    {
        _ownAddresses = ownAddresses;
        _options = options;
        _race = new HappyEyeballs(time);
        Hosts = HostMap.Of(options.MapHost, []);
        if (options.Bind is null) return;
        _source = IPAddress.Parse(options.Bind.Trim('[', ']'));
        CheckSource(_source);
    }

    /// <summary>What is dialled in place of what DNS says.</summary>
    public HostMap Hosts { get; }

    /// <summary>Connects to the first address of the host that accepts. The caller disposes the socket.</summary>
    /// <param name="host">A DNS name in lower case, or an IP address without brackets.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="isTrusted">Whether the user configured it: --deny-private is about what clients and addons name.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for it any more.</param>
    /// <exception cref="FlowException">None did in time, the host has none, or may not be dialled.</exception>
    public async Task<Socket> ConnectAsync(string host, int port, bool isTrusted, CancellationToken cancellationToken)
    {
        var authority = Authority.Format(host, port, 0);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_options.ConnectTimeout);
        try
        {
            return await _race.ConnectAsync(await FindAsync(host, port, isTrusted, timeout.Token), ConnectAsync, timeout.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FlowException(FlowErrors.ConnectTimeout(authority), exception);
        }
        catch (SocketException exception)
        {
            throw new FlowException(FlowErrors.Connect(authority, exception.SocketErrorCode), exception);
        }
    }

    /// <summary>The addresses of a host that may be dialled, for a proxy that is to be given one.</summary>
    /// <inheritdoc cref="ConnectAsync(string, int, bool, CancellationToken)"/>
    /// <returns>At least one.</returns>
    public async Task<IReadOnlyList<IPEndPoint>> ResolveAsync(string host, int port, bool isTrusted, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_options.ConnectTimeout);
        try
        {
            return Allowed(host, port, isTrusted, await AddressesAsync(host, port, timeout.Token));
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FlowException(FlowErrors.ConnectTimeout(Authority.Format(host, port, 0)), exception);
        }
    }

    /// <summary>Refuses what a proxy would be asked for by name, as far as the name alone says what it is.</summary>
    /// <exception cref="FlowException">It is private, and private addresses are denied.</exception>
    public void CheckUnresolved(string host, int port)
    {
        if (!_options.DenyPrivate) return;
        var name = host.AsSpan().TrimEnd('.');
        var isPrivate = IPAddress.TryParse(host, out var address) ? PrivateAddresses.Contains(address) : name.SequenceEqual("localhost") || name.EndsWith(".localhost");
        if (isPrivate) throw new FlowException(FlowErrors.Private(Authority.Format(host, port, 0)));
    }

    private static void CheckSource(IPAddress source)
    {
        try
        {
            using var socket = new Socket(source.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(source, 0));
        }
        catch (SocketException exception)
        {
            throw new ProxyStartException($"--bind {source}: this machine does not have that address ({exception.SocketErrorCode}). Choose one of its own.", exception);
        }
    }

    private async Task<IReadOnlyList<IPEndPoint>> FindAsync(string host, int port, bool isTrusted, CancellationToken cancellationToken)
    {
        var addresses = Allowed(host, port, isTrusted, await AddressesAsync(host, port, cancellationToken));
        if (_source is null) return addresses;
        IReadOnlyList<IPEndPoint> ofFamily = [.. addresses.Where(address => address.AddressFamily == _source.AddressFamily)];
        return ofFamily.Count > 0 ? ofFamily : throw new FlowException(FlowErrors.NoFamily(Authority.Format(host, port, 0), _source));
    }

    private async Task<IReadOnlyList<IPEndPoint>> AddressesAsync(string host, int port, CancellationToken cancellationToken)
    {
        if (Hosts.Find(host, port) is { } mapped) return mapped;
        if (IPAddress.TryParse(host, out var literal)) return [new IPEndPoint(literal, port)];
        try
        {
            var resolved = await Dns.GetHostAddressesAsync(host, cancellationToken);
            if (resolved.Length > 0) return [.. resolved.Select(address => new IPEndPoint(address, port))];
        }
        catch (SocketException exception)
        {
            throw new FlowException(FlowErrors.Dns(host, exception), exception);
        }
        catch (ArgumentException)
        {
            // Longer than any name can be: as good as one that is not there.
        }

        throw new FlowException(FlowErrors.Dns(host, new SocketException((int)SocketError.HostNotFound)));
    }

    /// <summary>Leaves out what may not be dialled; when nothing is left, that is the reason.</summary>
    private List<IPEndPoint> Allowed(string host, int port, bool isTrusted, IReadOnlyList<IPEndPoint> addresses)
    {
        // What the user mapped is where the user wants it.
        var denies = _options.DenyPrivate && !isTrusted && Hosts.Find(host, port) is null;
        var allowed = new List<IPEndPoint>(addresses.Count);
        FlowError? reason = null;
        foreach (var address in addresses)
        {
            if (_ownAddresses.Contains(address.Address, address.Port)) reason = FlowErrors.Loop(Authority.Format(host, port, 0));
            else if (denies && PrivateAddresses.Contains(address.Address)) reason ??= FlowErrors.Private(Authority.Format(host, port, 0));
            else allowed.Add(address);
        }

        return allowed.Count > 0 ? allowed : throw new FlowException(reason!);
    }

    private async Task<Socket> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (Descriptors.AreScarce(socket.SafeHandle)) throw new SocketException((int)SocketError.TooManyOpenSockets);
            if (_source is not null) socket.Bind(new IPEndPoint(_source, 0));
            await ConnectAttempt.RunAsync(socket, address, cancellationToken);
            _ownAddresses.NoteDialled(socket);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
