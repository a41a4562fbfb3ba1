using System.Collections.Concurrent;

namespace ScriptProxy.Engine.Connections;

/// <summary>Looks at every deadline once a second: timeouts that cost nothing while they are met.</summary>
internal sealed class Heartbeat : IDisposable
{
    private readonly ConcurrentDictionary<Deadline, byte> _deadlines = new();
    private readonly ConcurrentBag<Action<long>> _chores = [];
    private readonly Timer _timer;
    private int _beating;

    public Heartbeat()
    {
        _timer = new Timer(static state => ((Heartbeat)state!).Beat(), this, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public void Add(Deadline deadline) => _deadlines.TryAdd(deadline, 0);

    public void Remove(Deadline deadline) => _deadlines.TryRemove(deadline, out _);

    /// <summary>Something else to do once a second, for as long as the proxy runs. Must be short.</summary>
    public void AddChore(Action<long> chore) => _chores.Add(chore);

    public void Dispose() => _timer.Dispose();

    private void Beat()
    {
        // A beat that outlasts its second is not overtaken by the next.
        if (Interlocked.Exchange(ref _beating, 1) != 0) return;
        try
        {
            var now = Environment.TickCount64;
            foreach (var (deadline, _) in _deadlines) deadline.Beat(now);
            foreach (var chore in _chores) chore(now);
        }
        finally
        {
            Volatile.Write(ref _beating, 0);
        }
    }
}
