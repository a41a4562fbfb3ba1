namespace ScriptProxy.Scripting.Tests.Support;

/// <summary>The system's time, which a test can put forward.</summary>
internal sealed class LaterTime : TimeProvider
{
    private long _skipped;

    public override long GetTimestamp() => base.GetTimestamp() + Volatile.Read(ref _skipped);

    public void Skip(TimeSpan time) => Interlocked.Add(ref _skipped, (long)(time.TotalSeconds * TimestampFrequency));
}
