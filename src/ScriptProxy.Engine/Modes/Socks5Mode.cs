using ScriptProxy.Engine.Authentication;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Modes;

/// <summary>
/// SOCKS 5 (RFC 1928) with user and password (RFC 1929): clients name a host, or an address, and a port. What follows is found out by its
/// first bytes, as after CONNECT. CONNECT is the one command: BIND and UDP are refused.
/// </summary>
internal sealed class Socks5Mode(ProtocolSwitch protocols, ProxyAuthenticator authenticator, ProxyOptions options)
{
    private const byte NoAuthentication = 0;
    private const byte Password = 2;
    private const byte NothingAcceptable = 0xFF;

    private static readonly byte[] PasswordAccepted = [1, 0];
    private static readonly byte[] PasswordRefused = [1, 1];

    /// <summary>Serves one client until it leaves.</summary>
    public async Task ServeAsync(ProxyConnection connection)
    {
        connection.Arm(DeadlineKind.Handshake, options.HandshakeTimeout);
        if (!await AgreeAsync(connection)) return;
        if (await ReadRequestAsync(connection) is not { } request) return;
        connection.Disarm();
        await protocols.ServeAsync(connection, request, new SocksAnswer(connection));
    }

    /// <returns>False when the client cannot be served; it was told.</returns>
    private async ValueTask<bool> AgreeAsync(ProxyConnection connection)
    {
        var length = await ReadAsync(connection, SocksRequest.OfferLength);
        if (length <= 0) return false;
        var offer = connection.Wire.Buffered[..length];
        var wanted = authenticator.IsRequired ? Password : NoAuthentication;
        var isOffered = SocksRequest.Offers(offer, wanted);
        connection.Wire.Consume(length);
        if (!await connection.TryWriteAsync(new byte[] { SocksRequest.Version, isOffered ? wanted : NothingAcceptable })) return false;
        if (isOffered) return wanted == NoAuthentication || await VerifyAsync(connection);
        await connection.Wire.StopSendingAsync();
        return false;
    }

    private async ValueTask<bool> VerifyAsync(ProxyConnection connection)
    {
        var length = await ReadAsync(connection, SocksRequest.PasswordLength);
        if (length <= 0) return false;
        var proof = connection.Wire.Buffered[..length].ToArray();
        connection.Wire.Consume(length);
        SocksRequest.SplitPassword(proof, out var user, out var password);
        var verified = await authenticator.VerifyAsync(connection, ProxyCredentials.Of(user, password), proof);
        var isVerified = verified is not null;
        connection.Client.User = verified?.Name;
        connection.Arm(DeadlineKind.Handshake, options.HandshakeTimeout);
        if (!await connection.TryWriteAsync(isVerified ? PasswordAccepted : PasswordRefused)) return false;
        if (!isVerified) await connection.Wire.StopSendingAsync();
        return isVerified;
    }

    /// <returns>Null when it is none that can be served; the client was told.</returns>
    private static async ValueTask<ConnectRequest?> ReadRequestAsync(ProxyConnection connection)
    {
        var length = await ReadAsync(connection, SocksRequest.RequestLength);
        var refusal = SocksReply.AddressTypeNotSupported;
        if (length > 0)
        {
            var request = connection.Wire.Buffered[..length].ToArray();
            connection.Wire.Consume(length);
            refusal = SocksReply.CommandNotSupported;
            if (request[1] == SocksRequest.Connect)
            {
                if (SocksRequest.TryReadDestination(request, out var host, out var port)) return new ConnectRequest(new HeaderBlock(), host, port);
                refusal = SocksReply.HostUnreachable;
            }
        }

        if (length is > 0 or -2) await new SocksAnswer(connection).RefuseAsync(refusal);
        return null;
    }

    /// <summary>Reads until something is complete; it stays buffered.</summary>
    /// <param name="connection">Its deadline ends the waiting.</param>
    /// <param name="measure">The length of what is complete; 0 while more is needed; less when it is wrong.</param>
    /// <returns>What was measured; 0 when the client left before.</returns>
    private static async ValueTask<int> ReadAsync(ProxyConnection connection, Func<ReadOnlySpan<byte>, int> measure)
    {
        try
        {
            while (true)
            {
                if (measure(connection.Wire.Buffered) is var length and not 0) return length;
                if (await connection.Wire.FillAsync() == 0) return 0;
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The client left, or took too long.
            return 0;
        }
    }
}
