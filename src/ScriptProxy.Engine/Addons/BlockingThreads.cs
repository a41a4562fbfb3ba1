using System.Runtime.CompilerServices;

namespace ScriptProxy.Engine.Addons;

/// <summary>
/// Threads for hooks that block. In the thread pool they would hold up timers, handshakes and everybody's continuations, because the pool
/// adds threads one by one; here a call that finds no idle thread gets a new one. Idle threads end by themselves.
/// </summary>
/// <param name="most">How many calls may block at once; further ones wait for their turn.</param>
internal sealed class BlockingThreads(int most) : IDisposable
{
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);

    private readonly object _gate = new();
    private readonly Queue<Action> _work = new();
    private int _threads;
    private int _idle;
    private bool _disposed;

    /// <summary>Awaiting this goes on on one of the threads.</summary>
    public Hop Enter() => new(this);

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Runs <paramref name="work"/>, which must not throw, on one of the threads.</summary>
    public void Queue(Action work)
    {
        lock (_gate)
        {
            _work.Enqueue(work);
            Monitor.Pulse(_gate);
            if (_work.Count <= _idle || _threads == most) return;
            _threads++;
        }

        new Thread(Run) { IsBackground = true, Name = "Blocking hooks" }.Start();
    }

    private void Run()
    {
        while (TryTake(out var work)) work();
    }

    private bool TryTake(out Action work)
    {
        lock (_gate)
        {
            while (!_work.TryDequeue(out work!))
            {
                _idle++;
                var woken = !_disposed && Monitor.Wait(_gate, IdleTime);
                _idle--;
                if (woken || _work.Count > 0) continue;
                _threads--;
                return false;
            }

            return true;
        }
    }

    /// <summary>The hop to one of the threads.</summary>
    public readonly struct Hop(BlockingThreads threads) : ICriticalNotifyCompletion
    {
        public bool IsCompleted => false;

        public Hop GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => threads.Queue(continuation);

        public void UnsafeOnCompleted(Action continuation) => threads.Queue(continuation);
    }
}
