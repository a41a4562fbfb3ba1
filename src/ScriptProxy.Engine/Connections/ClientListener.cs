using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace ScriptProxy.Engine.Connections;

/// <summary>Accepts clients on one address and hands them to the connections that all listeners share. Owns its socket.</summary>
internal sealed partial class ClientListener(ListenerSettings settings, ClientConnections connections, TimeProvider time, ILogger<ClientListener> logger) : IDisposable
{
    /// <summary>How many connections the system keeps for us until they are accepted.</summary>
    public const int Backlog = 4096;

    private readonly CancellationTokenSource _stopping = new();
    private Socket? _socket;
    private int _closed;
    private Task _accepting = Task.CompletedTask;

    public ListenerSettings Settings => settings;

    /// <summary>Binds; nothing is accepted yet.</summary>
    /// <exception cref="SocketException">The address cannot be had.</exception>
    public BoundListener Bind()
    {
        _socket = settings.Address.Bind(forOthers: settings.Mode.Mode == ProxyMode.Transparent);
        return new BoundListener(settings.Mode.ToString(), settings.Address.EndPointOf(_socket));
    }

    /// <summary>Accepts from here on.</summary>
    /// <param name="serveAsync">Takes a connection through the rooms; must not throw.</param>
    public void Start(Func<ProxyConnection, Task> serveAsync) => _accepting = AcceptAsync(serveAsync);

    /// <summary>Stops accepting; connections that are open stay so.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        Close();
        await _accepting;
    }

    public void Dispose()
    {
        Close();
        _stopping.Dispose();
    }

    private void Close()
    {
        if (_socket is null || Interlocked.Exchange(ref _closed, 1) != 0) return;
        _socket.Dispose();
        settings.Address.Release();
    }

    private async Task AcceptAsync(Func<ProxyConnection, Task> serveAsync)
    {
        // Off the caller's thread: accepting goes on for as long as the proxy runs.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (!_stopping.IsCancellationRequested)
        {
            Socket? socket = null;
            try
            {
                // First the client, then a place for it: a listener without clients keeps no place from the others.
                socket = await _socket!.AcceptAsync();
                await connections.BeginAsync(socket, settings.Mode.Mode, serveAsync, _stopping.Token);
            }
            catch (OperationCanceledException)
            {
                socket?.Dispose();
                return;
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                socket?.Dispose();
                if (_stopping.IsCancellationRequested) return;

                // Out of descriptors, or a client that left before it was accepted. A pause keeps the former from becoming a busy loop.
                Log.AcceptFailed(logger, exception.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(100), time);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A connection could not be accepted: {Reason}")]
        public static partial void AcceptFailed(ILogger logger, string reason);
    }
}
