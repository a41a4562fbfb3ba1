using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ScriptProxy.Engine.Tests.Upstream;

/// <summary>A SOCKS5 server of the tests' own (RFC 1928, RFC 1929): notes what it is asked for, and leads everything to one place.</summary>
internal sealed class SocksServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _served = [];
    private readonly List<string> _asked = [];
    private readonly Task _accepting;
    private readonly Func<int, IPEndPoint> _lead;
    private readonly byte _boundType;
    private readonly string? _credentials;
    private readonly byte[] _replies;

    private SocksServer(Func<int, IPEndPoint> lead, byte boundType, string? credentials, byte[] replies)
    {
        (_lead, _boundType, _credentials, _replies) = (lead, boundType, credentials, replies);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>What was asked for: "type host:port".</summary>
    public IReadOnlyList<string> Asked
    {
        get
        {
            lock (_asked) return [.. _asked];
        }
    }

    /// <param name="lead">Where a port leads.</param>
    /// <param name="boundType">The type of the address in its replies.</param>
    /// <param name="credentials">The user and password it wants, as "user:password"; null for none.</param>
    /// <param name="replies">What it answers requests with, in turn; the last one for all that follow. Null for success.</param>
    public static SocksServer Start(Func<int, IPEndPoint> lead, byte boundType = 1, string? credentials = null, byte[]? replies = null) =>
        new(lead, boundType, credentials, replies ?? [0]);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _accepting;
        _listener.Dispose();
        await Task.WhenAll(_served);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _served.Add(ServeAsync(await _listener.AcceptAsync(_stopping.Token)));
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            using var client = new NetworkStream(socket, ownsSocket: true);
            if (!await AuthenticateAsync(client)) return;
            var port = await ReadRequestAsync(client);
            var reply = _replies[Math.Min(Asked.Count, _replies.Length) - 1];
            await client.WriteAsync(ReplyOf(reply), _stopping.Token);
            if (reply != 0) return;
            using var origin = new TcpClient();
            await origin.ConnectAsync(_lead(port), _stopping.Token);
            await Task.WhenAny(client.CopyToAsync(origin.GetStream(), _stopping.Token), origin.GetStream().CopyToAsync(client, _stopping.Token));
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or SocketException)
        {
            // The client left, or the test is over.
        }
    }

    private byte[] ReplyOf(byte reply) => _boundType switch
    {
        3 => [5, reply, 0, 3, 4, .. "host"u8, 0, 80],
        4 => [5, reply, 0, 4, .. new byte[16], 0, 80],
        _ => [5, reply, 0, 1, 127, 0, 0, 1, 0, 80],
    };

    private async Task<bool> AuthenticateAsync(NetworkStream client)
    {
        var offered = await ReadAsync(client, (await ReadAsync(client, 2))[1]);
        if (_credentials is null)
        {
            await client.WriteAsync((byte[])[5, 0], _stopping.Token);
            return true;
        }

        if (!offered.Contains((byte)2))
        {
            await client.WriteAsync((byte[])[5, 0xFF], _stopping.Token);
            return false;
        }

        await client.WriteAsync((byte[])[5, 2], _stopping.Token);
        var user = await ReadAsync(client, (await ReadAsync(client, 2))[1]);
        var password = await ReadAsync(client, (await ReadAsync(client, 1))[0]);
        var isGood = $"{Encoding.UTF8.GetString(user)}:{Encoding.UTF8.GetString(password)}" == _credentials;
        await client.WriteAsync((byte[])[1, (byte)(isGood ? 0 : 1)], _stopping.Token);
        return isGood;
    }

    private async Task<int> ReadRequestAsync(NetworkStream client)
    {
        var type = (await ReadAsync(client, 4))[3];
        var host = type switch
        {
            1 => new IPAddress(await ReadAsync(client, 4)).ToString(),
            4 => new IPAddress(await ReadAsync(client, 16)).ToString(),
            _ => Encoding.ASCII.GetString(await ReadAsync(client, (await ReadAsync(client, 1))[0])),
        };
        var port = BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(client, 2));
        lock (_asked) _asked.Add($"{type} {host}:{port}");
        return port;
    }

    private async Task<byte[]> ReadAsync(NetworkStream client, int count)
    {
        var bytes = new byte[count];
        await client.ReadExactlyAsync(bytes, _stopping.Token);
        return bytes;
    }
}
