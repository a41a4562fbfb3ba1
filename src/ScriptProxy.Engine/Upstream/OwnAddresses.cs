using System.Collections.Concurrent;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace ScriptProxy.Engine.Upstream;

/// <summary>
/// Knows which addresses are this proxy's own listeners, by whatever name or alias they are reached, so that it never calls itself
/// (RFC 9110 §7.6.3). Asked with resolved addresses, after DNS.
/// </summary>
internal sealed class OwnAddresses(TimeProvider time)
{
    private const int MaxDialled = 4096;
    private static readonly TimeSpan RefreshAfter = TimeSpan.FromSeconds(10);

    private readonly Lock _refreshing = new();
    private readonly ConcurrentDictionary<(IPEndPoint From, IPEndPoint To), byte> _dialled = new();
    private readonly ConcurrentQueue<(IPEndPoint From, IPEndPoint To)> _dialledInOrder = new();
    private List<IPEndPoint> _listeners = [];
    private HashSet<IPAddress> _machine = [];
    private DateTimeOffset _refreshedAt;

    /// <summary>Adds a listener, once it is bound.</summary>
    public void Add(IPEndPoint listener) => _listeners = [.. _listeners, listener];

    /// <summary>Whether any listener has that port.</summary>
    public bool HasPort(int port) => _listeners.Exists(listener => listener.Port == port);

    /// <summary>Whether connections may be led back to us without our doing (transparent mode): those we make are remembered then, for a while.</summary>
    public bool WatchesDials { get; set; }

    /// <summary>Notes a connection that was made to an upstream.</summary>
    public void NoteDialled(Socket socket)
    {
        if (!WatchesDials || socket is not { LocalEndPoint: IPEndPoint from, RemoteEndPoint: IPEndPoint to }) return;
        _dialled[(from, to)] = 0;
        _dialledInOrder.Enqueue((from, to));
        if (_dialledInOrder.Count > MaxDialled && _dialledInOrder.TryDequeue(out var oldest)) _dialled.TryRemove(oldest, out _);
    }

    /// <summary>Whether a connection from there to there was one of ours.</summary>
    public bool HasDialled(IPEndPoint from, IPEndPoint to) => _dialled.ContainsKey((Plain(from), Plain(to)));

    public bool Contains(IPAddress address, int port)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        foreach (var listener in _listeners)
        {
            if (listener.Port == port && Reaches(plain, listener.Address)) return true;
        }

        return false;
    }

    private static IPEndPoint Plain(IPEndPoint endPoint) => endPoint.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(endPoint.Address.MapToIPv4(), endPoint.Port) : endPoint;

    private bool Reaches(IPAddress address, IPAddress listening)
    {
        // Connecting to the unspecified address reaches loopback.
        var isAny = address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
        if (listening.Equals(IPAddress.Any) || listening.Equals(IPAddress.IPv6Any)) return isAny || IPAddress.IsLoopback(address) || IsOfThisMachine(address);
        return address.Equals(listening) || (isAny && IPAddress.IsLoopback(listening));
    }

    private bool IsOfThisMachine(IPAddress address)
    {
        lock (_refreshing)
        {
            if (time.GetUtcNow() - _refreshedAt > RefreshAfter)
            {
                _machine = [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(network => network.GetIPProperties().UnicastAddresses).Select(unicast => unicast.Address)];
                _refreshedAt = time.GetUtcNow();
            }

            return _machine.Contains(address);
        }
    }
}
