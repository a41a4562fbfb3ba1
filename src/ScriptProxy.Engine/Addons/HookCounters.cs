using System.Diagnostics;

namespace ScriptProxy.Engine.Addons;

/// <summary>
/// What the calls of one addon's hook come to, over all its versions. Calls are counted by each thread in a cell of its own, and the time of one
/// in 64 inline calls is taken: a lock or a clock for each would cost more than the hook. Two threads that share a cell may lose a count. Thread-safe.
/// </summary>
internal sealed class HookCounters(string addon, string hook)
{
    /// <summary>How many cells there are: a power of two.</summary>
    public static readonly int Cells = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(Environment.ProcessorCount * 4, 16, 256));

    private const int SampledCalls = 64;

    // A cache line per cell: neighbours would slow each other down.
    private const int CellLength = 8;

    private readonly long[] _inlineCalls = new long[Cells * CellLength];
    private long _callsElsewhere;
    private long _sampledTicks;
    private long _ticksElsewhere;
    private long _ticksWaited;
    private long _errors;
    private long _timeouts;
    private long _skipped;

    public string Addon => addon;

    public string Hook => hook;

    /// <summary>Counts an inline call.</summary>
    /// <param name="cell">The calling thread's: 0 to <see cref="Cells"/> - 1.</param>
    /// <returns>Whether its time is to be taken and given to <see cref="AddSample"/>.</returns>
    public bool CountInline(int cell) => ++_inlineCalls[cell * CellLength] % SampledCalls == SampledCalls / 2;

    /// <summary>Adds the time of a call that stands for many.</summary>
    public void AddSample(long ticks) => Interlocked.Add(ref _sampledTicks, ticks);

    /// <summary>Counts a call on another thread, and the time for which it held that.</summary>
    public void CountElsewhere(long ticks)
    {
        Interlocked.Increment(ref _callsElsewhere);
        Interlocked.Add(ref _ticksElsewhere, ticks);
    }

    /// <summary>Adds time that a call spent awaiting.</summary>
    public void AddWait(long ticks) => Interlocked.Add(ref _ticksWaited, ticks);

    public void CountError() => Interlocked.Increment(ref _errors);

    public void CountTimeout() => Interlocked.Increment(ref _timeouts);

    /// <summary>Counts a call that was not made because the circuit is open.</summary>
    public void CountSkipped() => Interlocked.Increment(ref _skipped);

    public HookStatistics Read()
    {
        var calls = 0L;
        for (var i = 0; i < Cells; i++) calls += Volatile.Read(ref _inlineCalls[i * CellLength]);
        var busy = Volatile.Read(ref _sampledTicks) * SampledCalls + Volatile.Read(ref _ticksElsewhere);
        return new HookStatistics(hook, calls + Volatile.Read(ref _callsElsewhere), Volatile.Read(ref _errors), Volatile.Read(ref _timeouts), Volatile.Read(ref _skipped), Time(busy), Time(Volatile.Read(ref _ticksWaited)));
    }

    private static TimeSpan Time(long ticks) => Stopwatch.GetElapsedTime(0, ticks);
}
