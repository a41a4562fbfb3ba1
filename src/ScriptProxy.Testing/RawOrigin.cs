using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ScriptProxy.Testing;

/// <summary>
/// A server that follows a script to the byte: what it reads, when it answers, how it ends. Each connection runs the dialogue; when that
/// returns, the connection is ended properly. Everything that was read is kept per connection.
/// </summary>
public sealed class RawOrigin : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<RawConnection, Task> _dialogue;
    private readonly RawOriginOptions _options;
    private readonly TestAuthority? _certificate;
    private readonly List<RawConnection> _connections = [];
    private readonly ConcurrentQueue<Exception> _failures = new();
    private readonly List<Task> _dialogues = [];
    private readonly Lock _lock = new();
    private readonly Task _accepting;
    private volatile bool _disposed;

    private RawOrigin(Func<RawConnection, Task> dialogue, RawOriginOptions options)
    {
        _dialogue = dialogue;
        _options = options;
        if (options.Tls) _certificate = options.Certificate ?? TestAuthority.Shared.Issue([.. options.Hosts, "localhost", "127.0.0.1"]);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens, on 127.0.0.1.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The names in its certificate.</summary>
    public IReadOnlyList<string> Hosts => _options.Hosts;

    /// <summary>Whether it speaks TLS.</summary>
    public bool IsTls => _options.Tls;

    /// <summary>All connections so far, in the order of their arrival.</summary>
    public IReadOnlyList<RawConnection> Connections
    {
        get
        {
            lock (_lock) return [.. _connections];
        }
    }

    /// <summary>Starts a plain one.</summary>
    /// <param name="dialogue">Runs once per connection. What it throws, other than for lost connections, is thrown again when the origin is disposed.</param>
    public static RawOrigin Start(Func<RawConnection, Task> dialogue) => Start(new RawOriginOptions(), dialogue);

    /// <summary>Starts one that differs from the usual.</summary>
    /// <param name="options">In what.</param>
    /// <param name="dialogue">Runs once per connection, after the TLS handshake. What it throws, other than for lost connections, is thrown again when the origin is disposed.</param>
    public static RawOrigin Start(RawOriginOptions options, Func<RawConnection, Task> dialogue) => new(dialogue, options);

    /// <summary>Starts a plain one that answers every message it gets with the same bytes, on the same connection.</summary>
    public static RawOrigin StartAnswering(string response) => StartAnswering(new RawOriginOptions(), response);

    /// <summary>Starts one that answers every message it gets with the same bytes, on the same connection.</summary>
    public static RawOrigin StartAnswering(RawOriginOptions options, string response) => Start(options, async connection =>
    {
        while (await connection.HasMoreAsync())
        {
            await connection.ReadMessageAsync();
            await connection.SendAsync(response);
        }
    });

    /// <summary>Waits for a connection.</summary>
    /// <param name="index">0 is the first that came.</param>
    public Task<RawConnection> ConnectionAsync(int index = 0) => TestDeadline.PollAsync(
        () => Connections is var connections && connections.Count > index ? connections[index] : null,
        () => $"Connection {index} to the raw origin did not come, only {Connections.Count} came.");

    /// <summary>Stops listening and resets what is still open.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        _listener.Dispose();
        await _accepting;
        foreach (var connection in Connections) connection.Reset();
        await Task.WhenAll(_dialogues);
        if (_options.Certificate is null) _certificate?.Dispose();
        if (!_failures.IsEmpty) throw new AggregateException("The dialogue of the raw origin failed.", _failures);
    }

    private async Task AcceptAsync()
    {
        while (!_disposed)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // Disposed, or a client that left before it was accepted.
                continue;
            }

            var connection = new RawConnection(socket);
            lock (_lock) _connections.Add(connection);
            _dialogues.Add(RunAsync(connection));
        }
    }

    private async Task RunAsync(RawConnection connection)
    {
        try
        {
            if (_certificate is not null) await connection.StartTlsAsServerAsync(_certificate.Certificate, _options.ApplicationProtocols);
            await _dialogue(connection);
            await EndAsync(connection);
        }
        catch (Exception exception) when (_disposed || IsLostConnection(exception))
        {
            // Clients come and go; whether this one should have is for the test to say.
        }
        catch (Exception exception)
        {
            _failures.Enqueue(exception);
        }

        await connection.DisposeAsync();
    }

    /// <summary>Waits for the other side to end as well: closing with bytes unread would reset what was sent last.</summary>
    private static async Task EndAsync(RawConnection connection)
    {
        await connection.EndSendingAsync();
        while (await connection.HasMoreAsync()) connection.TakeAll();
    }

    private static bool IsLostConnection(Exception exception) =>
        exception is IOException or SocketException or ObjectDisposedException or System.Security.Authentication.AuthenticationException;
}
