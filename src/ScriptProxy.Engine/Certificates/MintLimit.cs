using System.Net;
using System.Net.Sockets;

namespace ScriptProxy.Engine.Certificates;

/// <summary>
/// Keeps a client from having certificates made for ever new names: a burst, then a steady rate, beyond which it waits its turn and in the end
/// is refused. What others ask for is not delayed. Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class MintLimit(TimeProvider time)
{
    /// <summary>How many new names a client gets per second in the long run.</summary>
    public const int PerSecond = 50;

    private const int Burst = 100;
    private const int MaxClients = 10_000;
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1.0 / PerSecond);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, DateTimeOffset> _due = [];

    /// <summary>Takes one from what the client may still have.</summary>
    /// <param name="client">Addresses of one IPv6 network (/64) count as one client.</param>
    /// <param name="wait">How long to wait before the certificate is made.</param>
    /// <returns>False when the client has so many waiting already that it is refused.</returns>
    public bool TryTake(IPAddress client, out TimeSpan wait)
    {
        var key = KeyOf(client);
        var now = time.GetUtcNow();
        lock (_lock)
        {
            // The time at which all that was taken will have been earned (the generic cell rate algorithm).
            var due = _due.TryGetValue(key, out var known) && known > now ? known : now;
            wait = due - now - (Step * Burst);
            if (wait < TimeSpan.Zero) wait = TimeSpan.Zero;
            if (wait > Patience) return false;
            if (_due.Count >= MaxClients) Forget(now);
            _due[key] = due + Step;
            return true;
        }
    }

    /// <summary>Those who have earned all they took; everybody, when so many are at it that a limit for each is of no use.</summary>
    private void Forget(DateTimeOffset now)
    {
        foreach (var (client, due) in _due)
        {
            if (due <= now) _due.Remove(client);
        }

        if (_due.Count >= MaxClients) _due.Clear();
    }

    private static IPAddress KeyOf(IPAddress client)
    {
        if (client.AddressFamily != AddressFamily.InterNetworkV6) return client;
        if (client.IsIPv4MappedToIPv6) return client.MapToIPv4();
        Span<byte> network = stackalloc byte[16];
        client.TryWriteBytes(network, out _);
        network[8..].Clear();
        return new IPAddress(network);
    }
}
