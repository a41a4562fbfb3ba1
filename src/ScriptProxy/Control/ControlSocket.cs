using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace ScriptProxy.Cli.Control;

/// <summary>
/// Lets commands on this machine ask the running proxy: whoever may read the folder of the root certificate, which is its owner alone.
/// Answers are what <see cref="ControlClient"/> expects.
/// </summary>
internal sealed partial class ControlSocket : IAsyncDisposable
{
    private const int LongestCommand = 4096;
    private const int MostClients = 8;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Socket _socket;
    private readonly string _path;
    private readonly IReadOnlyDictionary<string, Func<object>> _answers;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _clients = new(MostClients, MostClients);
    private readonly Task _accepting;

    private ControlSocket(Socket socket, string path, IReadOnlyDictionary<string, Func<object>> answers, ILogger logger)
    {
        _socket = socket;
        _path = path;
        _answers = answers;
        _logger = logger;
        _accepting = AcceptAsync();
    }

    /// <summary>Opens the socket. A proxy that cannot have one runs without, and says so.</summary>
    /// <param name="folder">Where the root certificate is.</param>
    /// <param name="port">The port that the proxy listens on.</param>
    /// <param name="answers">What is answered to each command: an object to be written as JSON.</param>
    /// <param name="logger">Where problems are told.</param>
    public static async Task<ControlSocket?> OpenAsync(string folder, int port, IReadOnlyDictionary<string, Func<object>> answers, ILogger logger)
    {
        var path = ControlPath.Of(folder, port);
        var others = await ControlClient.FindAsync(folder, CancellationToken.None);
        if (others.Contains(port))
        {
            Log.Taken(logger, path);
            return null;
        }

        // It gets its name when it is ready, so that a name nobody answers to is a name left behind.
        var unnamed = path + "." + Environment.ProcessId;
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // Without interception nobody else makes it.
            if (!OperatingSystem.IsWindows()) Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
            File.Delete(unnamed);
            socket.Bind(new UnixDomainSocketEndPoint(unnamed));
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(unnamed, OwnerOnly);
            socket.Listen(MostClients);
            File.Move(unnamed, path, overwrite: true);
            return new ControlSocket(socket, path, answers, logger);
        }
        catch (Exception exception) when (exception is SocketException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            socket.Dispose();
            Log.NotOpened(logger, path, exception.Message);
            return null;
        }
    }

    /// <summary>Removes the socket and ends what is being answered.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        try
        {
            File.Delete(_path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Whoever asks next finds that nobody listens, and removes it.
        }

        _socket.Dispose();
        await _accepting;
        for (var i = 0; i < MostClients; i++) await _clients.WaitAsync();
        _clients.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                await _clients.WaitAsync(_stopping.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            try
            {
                _ = ServeAsync(await _socket.AcceptAsync(_stopping.Token));
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                _clients.Release();
                if (_stopping.IsCancellationRequested) return;
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            timeout.CancelAfter(Patience);
            await using var stream = new NetworkStream(client, ownsSocket: true);
            if (await ReadCommandAsync(stream, timeout.Token) is not { } command) return;
            var answer = _answers.TryGetValue(command, out var answers) ? answers() : new { error = $"this proxy ({VersionInfo.Version}) does not know that command." };
            await stream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(answer), timeout.Token);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
            // Whoever asked has left, or was too slow.
        }
        catch (Exception exception)
        {
            // One answer that fails must not end the proxy.
            Log.AnswerFailed(_logger, exception);
        }
        finally
        {
            _clients.Release();
        }
    }

    /// <summary>The first line; null when it is too long or never ends.</summary>
    private static async Task<string?> ReadCommandAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[LongestCommand];
        var length = 0;
        while (length < buffer.Length)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0) return null;
            var end = buffer.AsSpan(length, read).IndexOf((byte)'\n');
            if (end >= 0) return Encoding.UTF8.GetString(buffer, 0, length + end);
            length += read;
        }

        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} belongs to another running proxy; commands such as 'scriptproxy addons' reach that one")]
        public static partial void Taken(ILogger logger, string path);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Path} cannot be used ({Problem}); commands such as 'scriptproxy addons' do not reach this proxy")]
        public static partial void NotOpened(ILogger logger, string path, string problem);

        [LoggerMessage(Level = LogLevel.Error, Message = "Answering a command failed")]
        public static partial void AnswerFailed(ILogger logger, Exception exception);
    }
}
