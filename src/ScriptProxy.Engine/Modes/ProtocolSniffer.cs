using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Tls;

namespace ScriptProxy.Engine.Modes;

/// <summary>What a client speaks inside its tunnel.</summary>
internal enum ClientProtocol
{
    /// <summary>It left, or sent what must not be passed on.</summary>
    None,

    /// <summary>TLS; its ClientHello was read.</summary>
    Tls,

    /// <summary>HTTP/1 in clear.</summary>
    Http1,

    /// <summary>Something else, or nothing: the server is to speak first.</summary>
    Other,
}

/// <summary>Tells protocols apart by their first bytes, which stay unconsumed.</summary>
internal static class ProtocolSniffer
{
    private const int MaxRequestLineBytes = 8 * 1024;

    /// <param name="wire">Its buffered bytes are looked at first.</param>
    /// <param name="silence">How long a client may say nothing before the server is taken to speak first.</param>
    public static async ValueTask<(ClientProtocol Protocol, ClientHelloContent Hello)> SniffAsync(BufferedConnection wire, TimeSpan silence)
    {
        using var patience = new CancellationTokenSource(silence);
        var hello = ClientHelloContent.Empty;
        while (true)
        {
            if (wire.HasBuffered && Classify(wire.Buffered, ref hello) is { } protocol) return (protocol, hello);
            try
            {
                // Once a ClientHello has begun, its end is waited for as long as a handshake may take.
                var token = IsTls(wire) ? CancellationToken.None : patience.Token;
                if (await wire.FillAsync(token) == 0) return (wire.HasBuffered ? ClientProtocol.Other : ClientProtocol.None, hello);
            }
            catch (OperationCanceledException)
            {
                return (ClientProtocol.Other, hello);
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                return (ClientProtocol.None, hello);
            }
        }
    }

    private static bool IsTls(BufferedConnection wire) => wire.HasBuffered && wire.Buffered[0] == 22;

    private static ClientProtocol? Classify(ReadOnlySpan<byte> bytes, ref ClientHelloContent hello)
    {
        switch (ClientHelloReader.TryRead(bytes, out hello))
        {
            case ClientHelloStatus.Complete:
                return ClientProtocol.Tls;
            case ClientHelloStatus.NeedMore:
                return null;
            case ClientHelloStatus.Malformed:
                return ClientProtocol.None;
        }

        // "GET / HTTP/1.1": a method, and a first line that ends with the version. SSH and mail protocols begin with letters too.
        if (bytes[0] is < (byte)'!' or > (byte)'~') return ClientProtocol.Other;
        var end = bytes.IndexOf((byte)'\n');
        if (end < 0) return bytes.Length > MaxRequestLineBytes ? ClientProtocol.Other : null;
        var line = bytes[..end].TrimEnd((byte)'\r');
        return line.Length > 9 && line[^9..^1].SequenceEqual(" HTTP/1."u8) ? ClientProtocol.Http1 : ClientProtocol.Other;
    }
}
