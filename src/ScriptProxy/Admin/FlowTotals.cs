using System.Collections.Concurrent;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Cli.Admin;

/// <summary>What all flows since the start come to. Labels are of few values: no host, path or client. Thread-safe.</summary>
internal sealed class FlowTotals : IFlowSink
{
    /// <summary>The upper bounds of the durations that are told apart, in seconds.</summary>
    public static readonly double[] Bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    /// <summary>Errors of a kind that is not among the first so many count as "other"; there are about twenty.</summary>
    private const int MostErrors = 64;

    private readonly ConcurrentDictionary<string, StrongCount> _errors = new(StringComparer.Ordinal);
    private readonly long[] _statuses = new long[6];
    private readonly long[] _durations = new long[Bounds.Length + 1];
    private long _tunnels;
    private long _durationTicks;
    private long _requestBytes;
    private long _responseBytes;

    /// <inheritdoc/>
    public bool WantsHeaders => false;

    /// <summary>Tunnels that ended.</summary>
    public long Tunnels => Volatile.Read(ref _tunnels);

    /// <summary>Bytes of bodies from clients, and of tunnels.</summary>
    public long RequestBytes => Volatile.Read(ref _requestBytes);

    /// <summary>Bytes of bodies to clients, and of tunnels.</summary>
    public long ResponseBytes => Volatile.Read(ref _responseBytes);

    /// <summary>The time that all exchanges took together.</summary>
    public TimeSpan Duration => TimeSpan.FromTicks(Volatile.Read(ref _durationTicks));

    /// <summary>Failed flows by kind of error.</summary>
    public IEnumerable<(string Type, long Count)> Errors => _errors.Select(error => (error.Key, Volatile.Read(ref error.Value.Count)));

    /// <summary>Exchanges that ended with a status of a class: 1 to 5; 0 for those without an answer.</summary>
    public long Exchanges(int statusClass) => Volatile.Read(ref _statuses[statusClass]);

    /// <summary>Exchanges that took no longer than a bound and longer than the one before; the last is for those beyond all.</summary>
    public long Exchanges(Index bound) => Volatile.Read(ref _durations[bound.GetOffset(_durations.Length)]);

    /// <inheritdoc/>
    public void Record(FlowRecord record)
    {
        Interlocked.Add(ref _requestBytes, record.RequestBytes);
        Interlocked.Add(ref _responseBytes, record.ResponseBytes);
        if (record.Error is { } error) Interlocked.Increment(ref CountOf(error.Type).Count);
        if (record.Method == "CONNECT")
        {
            Interlocked.Increment(ref _tunnels);
            return;
        }

        Interlocked.Increment(ref _statuses[record.StatusCode is >= 100 and < 600 ? record.StatusCode.Value / 100 : 0]);
        Interlocked.Add(ref _durationTicks, record.Duration.Ticks);
        var seconds = record.Duration.TotalSeconds;
        var bound = 0;
        while (bound < Bounds.Length && seconds > Bounds[bound]) bound++;
        Interlocked.Increment(ref _durations[bound]);
    }

    // Addons may fail flows in words of their own: those must not fill the memory.
    private StrongCount CountOf(string type) =>
        _errors.TryGetValue(type, out var count) ? count : _errors.GetOrAdd(_errors.Count < MostErrors ? type : "other", static _ => new StrongCount());

    private sealed class StrongCount
    {
        public long Count;
    }
}
