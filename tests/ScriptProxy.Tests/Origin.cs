using System.Net;
using System.Net.Sockets;

namespace ScriptProxy.Tests;

/// <summary>An origin that answers one request per connection with a short text, at once or when told to.</summary>
internal sealed class Origin : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Origin(bool answer = true)
    {
        _listener.Start();
        if (answer) _answer.SetResult();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Ends when a request arrived.</summary>
    public Task Asked => _asked.Task;

    /// <summary>Lets waiting requests be answered.</summary>
    public void Answer() => _answer.TrySetResult();

    public void Dispose()
    {
        _answer.TrySetResult();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            using var reader = new StreamReader(client.GetStream());
            while (await reader.ReadLineAsync() is { Length: > 0 })
            {
            }

            _asked.TrySetResult();
            await _answer.Task;
            await client.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"u8.ToArray());
        }
    }
}
