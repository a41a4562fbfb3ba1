using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;

namespace ScriptProxy.Engine.Upstream.Dialling;

/// <summary>
/// Tries the addresses of a host as RFC 8305 §4 and §5 say: families in turn, the next one 250 ms after the last or as soon as that failed, and
/// the first connection wins. Thread-safe.
/// </summary>
/// <param name="time">What the delay is measured with.</param>
internal sealed class HappyEyeballs(TimeProvider time)
{
    /// <summary>RFC 8305 §5.</summary>
    public static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>The addresses with their families in turn, beginning with the family of the first.</summary>
    public static List<IPEndPoint> Interleave(IReadOnlyList<IPEndPoint> addresses)
    {
        var first = addresses.Where(address => address.AddressFamily == addresses[0].AddressFamily).ToList();
        var second = addresses.Where(address => address.AddressFamily != addresses[0].AddressFamily).ToList();
        var turns = new List<IPEndPoint>(addresses.Count);
        for (var i = 0; i < Math.Max(first.Count, second.Count); i++)
        {
            if (i < first.Count) turns.Add(first[i]);
            if (i < second.Count) turns.Add(second[i]);
        }

        return turns;
    }

    /// <summary>Connects to one of the addresses.</summary>
    /// <param name="addresses">At least one, the best first.</param>
    /// <param name="connectAsync">Connects to one; fails with a <see cref="SocketException"/>, and leaves nothing open then.</param>
    /// <param name="cancellationToken">Ends all attempts.</param>
    /// <exception cref="SocketException">None accepted; it is the failure that says most.</exception>
    public async Task<T> ConnectAsync<T>(IReadOnlyList<IPEndPoint> addresses, Func<IPEndPoint, CancellationToken, Task<T>> connectAsync, CancellationToken cancellationToken)
        where T : IDisposable
    {
        if (addresses.Count == 1) return await connectAsync(addresses[0], cancellationToken);

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waiting = new Queue<IPEndPoint>(Interleave(addresses));
        var attempts = new List<Task<T>>();
        SocketException? failure = null;
        try
        {
            while (waiting.Count > 0 || attempts.Count > 0)
            {
                if (waiting.TryDequeue(out var next)) attempts.Add(connectAsync(next, over.Token));
                if (await AnyEndedAsync(attempts, mayGoOn: waiting.Count > 0, over.Token) is not { } ended) continue;
                attempts.Remove(ended);
                try
                {
                    return await ended;
                }
                catch (SocketException exception)
                {
                    failure = Clearer(failure, exception);
                }
            }
        }
        finally
        {
            await over.CancelAsync();
            foreach (var attempt in attempts) _ = DiscardAsync(attempt);
        }

        ExceptionDispatchInfo.Throw(failure!);
        throw failure!;
    }

    /// <summary>Waits until an attempt ends.</summary>
    /// <returns>Null when it is time for the next one instead.</returns>
    private async Task<Task<T>?> AnyEndedAsync<T>(List<Task<T>> attempts, bool mayGoOn, CancellationToken cancellationToken)
    {
        var any = Task.WhenAny(attempts);
        if (!mayGoOn) return await any;
        using var decided = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var delay = Task.Delay(AttemptDelay, time, decided.Token);
        var isEnded = await Task.WhenAny(any, delay) == any;
        await decided.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return isEnded ? await any : null;
    }

    /// <summary>Closes a connection that came too late.</summary>
    private static async Task DiscardAsync<T>(Task<T> attempt)
        where T : IDisposable
    {
        try
        {
            (await attempt).Dispose();
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // It lost the race and failed: nobody asks any more.
        }
    }

    /// <summary>A host that refuses says more than a network that is not there.</summary>
    private static SocketException Clearer(SocketException? first, SocketException second) =>
        first is null || first.SocketErrorCode is SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.AddressNotAvailable ? second : first;
}
