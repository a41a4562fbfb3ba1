namespace ScriptProxy;

/// <summary>Bytes on their way through a tunnel, as they happened to arrive: where one piece ends and the next begins means nothing. Not thread-safe.</summary>
public sealed class TcpData
{
    internal TcpData(TunnelFlow tunnel, bool fromClient, ReadOnlyMemory<byte> bytes)
    {
        Tunnel = tunnel;
        FromClient = fromClient;
        Bytes = bytes;
    }

    /// <summary>The tunnel they pass through.</summary>
    public TunnelFlow Tunnel { get; }

    /// <summary>Whether the client sent them; else the server did.</summary>
    public bool FromClient { get; }

    /// <summary>The bytes. Writing sends others in their place, any number of them; none drops them. They may be kept.</summary>
    public ReadOnlyMemory<byte> Bytes { get; set; }

    /// <summary>Passes nothing on.</summary>
    public void Drop() => Bytes = default;
}
