using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace ScriptProxy.Engine.Addons;

/// <summary>The counters of every hook that was ever called, and their way out: the meter "ScriptProxy". Read when someone listens; nothing is pushed. Thread-safe.</summary>
internal sealed class AddonMetrics : IDisposable
{
    /// <summary>The name listeners ask for.</summary>
    public const string MeterName = "ScriptProxy";

    private readonly ConcurrentDictionary<(string Addon, string Hook), HookCounters> _counters = new();
    private readonly Meter _meter = new(MeterName);

    public AddonMetrics()
    {
        _meter.CreateObservableCounter("scriptproxy.addon.calls", () => Measure(static hook => hook.Calls), "{call}", "Calls of hooks.");
        _meter.CreateObservableCounter("scriptproxy.addon.errors", () => Measure(static hook => hook.Errors), "{call}", "Calls of hooks that threw.");
        _meter.CreateObservableCounter("scriptproxy.addon.timeouts", () => Measure(static hook => hook.Timeouts), "{call}", "Calls of hooks that took longer than they may.");
        _meter.CreateObservableCounter("scriptproxy.addon.skipped", () => Measure(static hook => hook.Skipped), "{call}", "Calls of hooks not made because their circuit is open.");
        _meter.CreateObservableCounter("scriptproxy.addon.busy", () => Measure(static hook => hook.Busy.TotalSeconds), "s", "Time for which hooks held their threads, estimated from samples.");
        _meter.CreateObservableCounter("scriptproxy.addon.waited", () => Measure(static hook => hook.Waited.TotalSeconds), "s", "Time that hooks spent awaiting.");
    }

    /// <summary>The counters of a hook; the same object for every version of the addon.</summary>
    public HookCounters Of(string addon, string hook) => _counters.GetOrAdd((addon, hook), static key => new HookCounters(key.Addon, key.Hook));

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<T>> Measure<T>(Func<HookStatistics, T> value)
        where T : struct
    {
        foreach (var ((addon, hook), counters) in _counters)
            yield return new Measurement<T>(value(counters.Read()), new KeyValuePair<string, object?>("addon", addon), new KeyValuePair<string, object?>("hook", hook));
    }
}
