using Microsoft.Extensions.Logging;

namespace ScriptProxy.Engine.Addons;

/// <summary>Names hooks that block or loop: nothing can end them, so the log must say which one holds a thread.</summary>
internal sealed partial class HookWatchdog : IDisposable
{
    private const long BusyMilliseconds = 1000;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger;
    private readonly TimeProvider _timeProvider;
    private readonly Lock _gate = new();
    private readonly List<HookSlot> _slots = [];
    private readonly Dictionary<BoundHook, (int Threads, long Longest)> _busy = [];
    private readonly ThreadLocal<HookSlot> _slot;
    private ITimer? _timer;
    private int _registered;
    private bool _disposed;

    public HookWatchdog(ILogger logger, TimeProvider timeProvider)
    {
        _logger = logger;
        _timeProvider = timeProvider;
        _slot = new ThreadLocal<HookSlot>(Register);
    }

    /// <summary>The slot of the current thread.</summary>
    public HookSlot Slot => _slot.Value!;

    /// <summary>Looks at every thread once, and says of each hook at most once that it is busy; called by the timer.</summary>
    /// <param name="now">Milliseconds of <see cref="Environment.TickCount64"/>.</param>
    public void Scan(long now)
    {
        lock (_gate)
        {
            _slots.RemoveAll(static slot => !slot.Thread.IsAlive);
            foreach (var slot in _slots)
            {
                if (!slot.TryRead(out var hook, out var since)) continue;
                var busy = now - since;
                if (busy < BusyMilliseconds) continue;
                if (slot.ReportedSince == since && busy < slot.NextReport) continue;

                slot.ReportedSince = since;
                slot.NextReport = busy * 2;
                var (threads, longest) = _busy.GetValueOrDefault(hook);
                _busy[hook] = (threads + 1, Math.Max(longest, busy));
            }

            foreach (var (hook, (threads, longest)) in _busy)
            {
                if (threads == 1) Log.Busy(_logger, hook.Addon.Name, hook.Name, longest / 1000);
                else Log.BusyOnMany(_logger, hook.Addon.Name, hook.Name, threads, longest / 1000);
            }

            _busy.Clear();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _timer?.Dispose();
            _slots.Clear();
        }
    }

    private HookSlot Register()
    {
        lock (_gate)
        {
            var slot = new HookSlot(Thread.CurrentThread, _registered++ & (HookCounters.Cells - 1));
            if (_disposed) return slot;
            _slots.Add(slot);
            _timer ??= _timeProvider.CreateTimer(static state => ((HookWatchdog)state!).Scan(Environment.TickCount64), this, Period, Period);
            return slot;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Addon}: {Hook} has been busy for {Seconds} s")]
        public static partial void Busy(ILogger logger, string addon, string hook, long seconds);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Addon}: {Hook} has been busy on {Threads} threads, for {Seconds} s at the most")]
        public static partial void BusyOnMany(ILogger logger, string addon, string hook, int threads, long seconds);
    }
}
