using System.Collections.Concurrent;
using System.Runtime.Versioning;

namespace ScriptProxy.Engine.Tunnels;

/// <summary>Lends pipes to tunnels that have much to move, for as long as they have. Keeps a few: making one takes longer than moving a megabyte. Thread-safe.</summary>
internal sealed class SplicePipes : IDisposable
{
    private const int MostKept = 16;
    private const int MostLent = 256;

    private readonly ConcurrentBag<SplicePipe> _kept = [];
    private int _lent;

    /// <summary>Whether this system has them.</summary>
    [SupportedOSPlatformGuard("linux")]
    public static bool AreSupported => OperatingSystem.IsLinux();

    /// <returns>Null when there is none: the bytes are copied then.</returns>
    [SupportedOSPlatform("linux")]
    public SplicePipe? TryLend()
    {
        if (Interlocked.Increment(ref _lent) <= MostLent && (_kept.TryTake(out var pipe) || (pipe = SplicePipe.TryOpen()) is not null)) return pipe;
        Interlocked.Decrement(ref _lent);
        return null;
    }

    /// <summary>Takes one back.</summary>
    [SupportedOSPlatform("linux")]
    public void Return(SplicePipe pipe)
    {
        Interlocked.Decrement(ref _lent);

        // With bytes left in it, it belongs to a tunnel that broke.
        if (pipe.Held == 0 && _kept.Count < MostKept) _kept.Add(pipe);
        else pipe.Dispose();
    }

    public void Dispose()
    {
        while (SplicePipes.AreSupported && _kept.TryTake(out var pipe)) pipe.Dispose();
    }
}
