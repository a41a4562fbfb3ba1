using System.Net;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Certificates;

namespace ScriptProxy.Engine.Tls;

/// <summary>
/// Learns which clients do not accept our certificate for which hosts, so that their next connections pass as tunnels (--auto-tunnel): at
/// once where a client says so in an alert, at the second time where it just hangs up and never sent a request. Forgets after a while, and
/// what was not asked for the longest when there is too much. Thread-safe.
/// </summary>
/// <param name="forgetsAfter">How long a host is tunnelled before it is tried again.</param>
/// <param name="time">Says when that is over.</param>
/// <param name="logger">Is told what was learnt, and how to undo it.</param>
internal sealed partial class LearnedTunnels(TimeSpan forgetsAfter, TimeProvider time, ILogger<LearnedTunnels> logger)
{
    private const int MostRemembered = 10_000;
    private const int CutsToLearn = 2;

    private readonly LruCache<Experience> _experiences = new(MostRemembered);

    /// <summary>Whether a client's connection to a host is to be a tunnel.</summary>
    /// <param name="client">Who connects.</param>
    /// <param name="host">Where the client asked to go.</param>
    /// <param name="serverName">The name it asked for in TLS; null without one.</param>
    public bool Contains(ClientConnection client, string host, string? serverName) =>
        _experiences.TryGet(KeyOf(client, NameOf(host, serverName)), out var experience) && experience.IsRejected && IsCurrent(experience, time.GetUtcNow());

    /// <summary>A client has sent something after the handshake: it accepts our certificate.</summary>
    public void Accepted(ClientConnection client, string host, string? serverName)
    {
        var experience = Find(client, NameOf(host, serverName));
        Volatile.Write(ref experience.Cuts, 0);
        experience.IsAccepted = true;
    }

    /// <summary>A client did not accept our certificate, or seems not to.</summary>
    /// <param name="failure">What happened.</param>
    public void Rejected(TlsFailure failure)
    {
        var name = NameOf(failure.Host, failure.ServerName);
        var experience = Find(failure.Client, name);
        if (!failure.ClientRejectedCertificate)
        {
            // Browsers open connections in advance and drop them; who has ever sent a request trusts us.
            if (!failure.WasCut || experience.IsAccepted || Interlocked.Increment(ref experience.Cuts) < CutsToLearn) return;
        }

        if (experience.TryReject()) Log.Learned(logger, failure.Client.RemoteEndPoint.Address, name, failure.Reason, Text(forgetsAfter));
    }

    /// <summary>
    /// The name that stands for a host: where the client asked to go, because the name in TLS may be the common one of a provider (RFC 9849);
    /// that one only where all that is known otherwise is an address.
    /// </summary>
    private static string NameOf(string host, string? serverName) => serverName is not null && IPAddress.TryParse(host, out _) ? serverName : host;

    private static string KeyOf(ClientConnection client, string name) => $"{client.RemoteEndPoint.Address} {name}";

    private static string Text(TimeSpan time) => time.TotalMinutes < 2
        ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s")
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min");

    private bool IsCurrent(Experience experience, DateTimeOffset now) => now - experience.Since < forgetsAfter;

    private Experience Find(ClientConnection client, string name)
    {
        var now = time.GetUtcNow();
        return _experiences.GetOrAdd(
            KeyOf(client, name), (Learned: this, Now: now), static (experience, state) => state.Learned.IsCurrent(experience, state.Now), static (_, state) => new Experience(state.Now));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Client} does not accept our certificate for {Host} ({Reason}). Its connections there are relayed unread for {Time} (--auto-tunnel). To read them, have the client trust the root certificate and restart the proxy, or give --intercept {Host}.")]
        public static partial void Learned(ILogger logger, IPAddress client, string host, string reason, string time);
    }

    /// <summary>What one client did at one host.</summary>
    private sealed class Experience(DateTimeOffset since)
    {
        public int Cuts;
        private int _rejected;

        public DateTimeOffset Since => since;

        public bool IsAccepted { get; set; }

        public bool IsRejected => Volatile.Read(ref _rejected) != 0;

        /// <summary>True for exactly one caller.</summary>
        public bool TryReject() => Interlocked.Exchange(ref _rejected, 1) == 0;
    }
}
