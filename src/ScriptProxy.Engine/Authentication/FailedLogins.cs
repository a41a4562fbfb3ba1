using System.Net;
using ScriptProxy.Engine.Certificates;

namespace ScriptProxy.Engine.Authentication;

/// <summary>Makes guessing slow: who was wrong often waits for each answer, and has few of them at once. Thread-safe, bounded.</summary>
internal sealed class FailedLogins(TimeProvider time)
{
    private const int Free = 3;
    private const int MaxWaiting = 8;
    private const int MaxAddresses = 4096;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromMinutes(5);

    private readonly LruCache<Record> _records = new(MaxAddresses);

    /// <summary>Whether another password of this client is looked at now. Not while it waits for many answers.</summary>
    public bool MayTry(IPAddress client) => !_records.TryGet(client.ToString(), out var record) || Volatile.Read(ref record.Waiting) < MaxWaiting;

    /// <summary>Counts a failure, and waits.</summary>
    public async ValueTask PenaltyAsync(IPAddress client)
    {
        var record = _records.GetOrAdd(client.ToString(), time.GetUtcNow(), static (record, now) => now - record.Last < ForgottenAfter, static (_, _) => new Record());
        record.Last = time.GetUtcNow();
        var delay = Delay(Interlocked.Increment(ref record.Count));
        if (delay == TimeSpan.Zero) return;
        Interlocked.Increment(ref record.Waiting);
        try
        {
            await Task.Delay(delay, time);
        }
        finally
        {
            Interlocked.Decrement(ref record.Waiting);
        }
    }

    /// <summary>How long the n-th failure waits: nothing at first, then twice as long each time.</summary>
    public static TimeSpan Delay(int count)
    {
        if (count <= Free) return TimeSpan.Zero;
        var doubled = First * Math.Pow(2, Math.Min(count - Free - 1, 10));
        return doubled < Longest ? doubled : Longest;
    }

    private sealed class Record
    {
        public int Count;
        public int Waiting;

        public DateTimeOffset Last { get; set; }
    }
}
