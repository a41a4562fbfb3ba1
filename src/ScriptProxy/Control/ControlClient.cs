using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace ScriptProxy.Cli.Control;

/// <summary>Asks a running proxy. One question per connection: a line with the command, answered by one JSON document.</summary>
internal static class ControlClient
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The ports of the proxies in a folder that answer. Sockets that a killed proxy left behind are removed.</summary>
    public static async Task<IReadOnlyList<int>> FindAsync(string folder, CancellationToken cancellationToken)
    {
        var alive = new List<int>();
        foreach (var port in ControlPath.Ports(folder))
        {
            if (await AnswersAsync(ControlPath.Of(folder, port), cancellationToken)) alive.Add(port);
        }

        return alive;
    }

    /// <summary>Whether somebody listens on a socket; one that nobody listens on is removed.</summary>
    public static async Task<bool> AnswersAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var socket = await ConnectAsync(path, cancellationToken);
            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            // A socket gets its name when it is listened on, so this one belongs to nobody any more.
            TryDelete(path);
            return false;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Asks a question.</summary>
    /// <exception cref="SocketException">Nobody listens.</exception>
    /// <exception cref="IOException">The answer is cut short, or is none.</exception>
    /// <exception cref="OperationCanceledException">There was no answer in time.</exception>
    public static async Task<JsonElement> AskAsync(string path, string command, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Patience);
        using var socket = await ConnectAsync(path, timeout.Token);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(command + "\n"), timeout.Token);
        try
        {
            using var document = await JsonDocument.ParseAsync(stream, default, timeout.Token);
            return document.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            throw new IOException("the answer is not complete.", exception);
        }
    }

    private static async Task<Socket> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It harms nobody; the next one may remove it.
        }
    }
}
