using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Failures;

/// <summary>Where a request goes that is to fail.</summary>
/// <param name="authority">A host, with its port if that is not the usual one.</param>
internal sealed class FailingOrigin(string authority) : IAsyncDisposable
{
    private readonly ConcurrentBag<TaskCompletionSource> _ends = [];
    private readonly List<IDisposable> _owned = [];

    public string Authority => authority;

    /// <summary>Null when there is no server.</summary>
    public RawOrigin? Origin { get; private init; }

    /// <summary>One that follows a script.</summary>
    public static FailingOrigin Talking(RawOriginOptions options, Func<RawConnection, Task> dialogue, params IDisposable[] owned)
    {
        FailingOrigin failing = null!;
        failing = new FailingOrigin(TestOrigin.DefaultHost) { Origin = RawOrigin.Start(options, connection => failing.RunAsync(connection, dialogue)) };
        failing._owned.AddRange(owned);
        return failing;
    }

    /// <summary>A listener that accepts nobody and whose queue is full: who connects waits.</summary>
    public static FailingOrigin WithoutPlace()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        var failing = new FailingOrigin(listener.LocalEndPoint!.ToString()!);
        failing._owned.Add(listener);
        for (var i = 0; i < 8; i++)
        {
            var waiting = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            failing._owned.Add(waiting);
            try
            {
                waiting.Connect(listener.LocalEndPoint!);
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // On its way into the queue, or before it: nobody waits for it here.
            }
        }

        return failing;
    }

    /// <summary>Waits until every connection that came was given up by the proxy.</summary>
    public Task EndedAsync() => Task.WhenAll(_ends.Select(end => end.Task)).WaitAsync(TimeSpan.FromSeconds(30));

    public async ValueTask DisposeAsync()
    {
        if (Origin is not null) await Origin.DisposeAsync();
        foreach (var owned in _owned) owned.Dispose();
    }

    private async Task RunAsync(RawConnection connection, Func<RawConnection, Task> dialogue)
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ends.Add(end);
        try
        {
            await dialogue(connection);
            await connection.EndSendingAsync();
            await connection.ReadToEndAsync();
        }
        catch (Exception exception) when (exception is not TimeoutException)
        {
            // Reset by either side: it is over.
        }

        end.SetResult();

        // The raw origin would end it once more.
        throw new IOException("It is over.");
    }
}
