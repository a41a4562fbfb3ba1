using ScriptProxy.Engine.Connections;

namespace ScriptProxy.Engine.Http2;

/// <summary>
/// Tells by a client's first bytes whether it speaks HTTP/2 (RFC 9113 §3.4), whatever was agreed on: without TLS there is nothing that
/// agrees, and some clients offer h2 to a proxy and then speak HTTP/1.1 with it all the same.
/// </summary>
internal static class ClientPreface
{
    // The method is reserved for this (RFC 9113 §11.6).
    private static ReadOnlySpan<byte> FirstLine => "PRI * HTTP/2.0\r\n"u8;

    /// <summary>Reads until it is clear; what was read stays buffered.</summary>
    /// <param name="connection">The client's, of which something was read.</param>
    /// <param name="timeout">How long the rest of the line may take.</param>
    public static async ValueTask<bool> IsComingAsync(ProxyConnection connection, TimeSpan timeout)
    {
        while (true)
        {
            var received = connection.Wire.Buffered;
            var same = received.CommonPrefixLength(FirstLine);
            if (same == FirstLine.Length) break;
            if (same < received.Length) return false;
            if (connection.Kind != DeadlineKind.RequestHead) connection.Arm(DeadlineKind.RequestHead, timeout);
            if (!await TryFillAsync(connection)) return false;
        }

        connection.Disarm();
        return true;
    }

    private static async ValueTask<bool> TryFillAsync(ProxyConnection connection)
    {
        try
        {
            return await connection.Wire.FillAsync() > 0;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // It left, or was too slow: whoever reads on finds that out as well.
            return false;
        }
    }
}
