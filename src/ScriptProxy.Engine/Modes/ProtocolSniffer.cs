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

    /// <summary>Something else.</summary>
    Other,

    /// <summary>Nothing so far: it may be slow, or wait for the server to speak.</summary>
    Silent,
}

/// <summary>Tells protocols apart by their first bytes, which stay unconsumed.</summary>
internal static class ProtocolSniffer
{
    private const int MaxRequestLineBytes = 8 * 1024;

    /// <param name="wire">Its buffered bytes are looked at first.</param>
    /// <param name="silence">How long a client that has said nothing is waited for. Once it has begun, the caller's deadline ends the waiting.</param>
    public static async ValueTask<(ClientProtocol Protocol, ClientHelloContent Hello)> SniffAsync(BufferedConnection wire, TimeSpan silence)
    {
        using var patience = new CancellationTokenSource(silence);
        var hello = ClientHelloContent.Empty;
        while (true)
        {
            if (wire.HasBuffered && Classify(wire.Buffered, ref hello) is { } protocol) return (protocol, hello);
            try
            {
                if (await wire.FillAsync(wire.HasBuffered ? CancellationToken.None : patience.Token) == 0) return (wire.HasBuffered ? ClientProtocol.Other : ClientProtocol.None, hello);
            }
            catch (OperationCanceledException)
            {
                return (ClientProtocol.Silent, hello);
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                return (ClientProtocol.None, hello);
            }
        }
    }

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
        if (end < 0) return bytes.Length <= MaxRequestLineBytes && MayBecomeRequest(bytes) ? null : ClientProtocol.Other;
        var line = bytes[..end].TrimEnd((byte)'\r');
        return line.Length > 9 && line[^9..^1].SequenceEqual(" HTTP/1."u8) ? ClientProtocol.Http1 : ClientProtocol.Other;
    }

    /// <summary>Whether a line that is not complete can be one of a request: its method is a token (RFC 9110 §9.1).</summary>
    private static bool MayBecomeRequest(ReadOnlySpan<byte> line)
    {
        var space = line.IndexOf((byte)' ');
        return space != 0 && !(space < 0 ? line : line[..space]).ContainsAnyExcept(HeaderSyntax.TokenBytes);
    }
}
