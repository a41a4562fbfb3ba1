using System.Collections.Concurrent;
using System.Net;

namespace ScriptProxy;

/// <summary>A relayed connection that the proxy does not read: a tunnel. One object from start to end; safe to read from any thread.</summary>
public sealed class TunnelFlow
{
    private readonly Action _cut;
    private ConcurrentDictionary<string, object?>? _metadata;
    private long _bytesToServer;
    private long _bytesToClient;

    internal TunnelFlow(string id, ClientConnection client, string host, int port, DateTimeOffset started, Action cut)
    {
        Id = id;
        Client = client;
        Host = host;
        Port = port;
        Started = started;
        _cut = cut;
    }

    /// <summary>Unique within this run of the proxy, short and printable.</summary>
    public string Id { get; }

    /// <summary>Who asked for it.</summary>
    public ClientConnection Client { get; }

    /// <summary>Where it leads: a DNS name or an IP address without brackets.</summary>
    public string Host { get; }

    /// <summary>Where it leads.</summary>
    public int Port { get; }

    /// <summary>The connection that was made for it: its address, and what it passes through. Null only in a flow that a test made.</summary>
    public ServerConnection? Server { get; internal init; }

    /// <summary>The address that was reached; that of the proxy where it passes through one.</summary>
    public IPEndPoint? RemoteEndPoint => Server?.RemoteEndPoint;

    /// <summary>When the client had asked for it.</summary>
    public DateTimeOffset Started { get; }

    /// <summary>What the client offers in TLS, JA3 and JA4 included; null when it does not speak TLS, or before its first bytes have passed.</summary>
    public TlsClientHello? ClientHello { get; internal set; }

    /// <summary>The name the client asks for in TLS (SNI); null as long as <see cref="ClientHello"/> is, and when there is none.</summary>
    public string? ServerName => ClientHello?.ServerName;

    /// <summary>Bytes that were passed on to the server so far.</summary>
    public long BytesToServer => Volatile.Read(ref _bytesToServer);

    /// <summary>Bytes that were passed on to the client so far.</summary>
    public long BytesToClient => Volatile.Read(ref _bytesToClient);

    /// <summary>From <see cref="Started"/> to the end; null while it lasts.</summary>
    public TimeSpan? Duration { get; internal set; }

    /// <summary>Why it was cut by the proxy; null while it was not, and when one of its sides ended it.</summary>
    public FlowError? Error { get; internal set; }

    /// <summary>Free space for addons; lives as long as the tunnel. Thread-safe.</summary>
    public IDictionary<string, object?> Metadata => LazyInitializer.EnsureInitialized(ref _metadata, static () => new ConcurrentDictionary<string, object?>());

    /// <summary>Cuts it, both sides at once, from any thread and at any time.</summary>
    public void Abort()
    {
        WasAborted = true;
        _cut();
    }

    /// <summary>Whether <see cref="Abort"/> was called.</summary>
    internal bool WasAborted { get; private set; }

    internal void SetBytes(long toServer, long toClient)
    {
        Volatile.Write(ref _bytesToServer, toServer);
        Volatile.Write(ref _bytesToClient, toClient);
    }
}
