using ScriptProxy.Engine.Hosts;

namespace ScriptProxy.Engine.Tls;

/// <summary>
/// What the options say about who is read and who is relayed unread, for all modes. The first that applies decides: --ignore, --intercept,
/// what --auto-tunnel has learnt, --tunnel, and else everything is intercepted. Addons come before all of it. Immutable but for what is learnt.
/// </summary>
internal sealed class InterceptionRules
{
    private readonly HostPatterns _ignored;
    private readonly HostPatterns _intercepted;
    private readonly bool _tunnels;

    /// <param name="options">Validated.</param>
    /// <param name="learned">What --auto-tunnel has learnt; null without it.</param>
    public InterceptionRules(ProxyOptions options, LearnedTunnels? learned = null)
    {
        _ignored = HostPatterns.Parse("--ignore", options.Ignore, []);
        _intercepted = HostPatterns.Parse("--intercept", options.Intercept, []);
        _tunnels = options.Tunnel;
        Learned = learned;
    }

    /// <summary>Which clients are known not to accept our certificate for which hosts; null without --auto-tunnel.</summary>
    public LearnedTunnels? Learned { get; }

    /// <summary>Whether anything is intercepted unless an addon asks for it: a root certificate is needed then.</summary>
    public bool MayIntercept => !_tunnels || !_intercepted.IsEmpty;

    /// <summary>Whether a destination is relayed whatever the client sends, so that nothing has to be looked at.</summary>
    /// <param name="host">Where the client asked to go.</param>
    /// <param name="port">Where the client asked to go.</param>
    public bool IsUnread(string host, int port)
    {
        if (_ignored.Contains(host, port)) return true;

        // A name found in TLS may still be one to intercept.
        return _tunnels && _intercepted.IsEmpty;
    }

    /// <summary>Whether to relay what the client has begun to send.</summary>
    /// <param name="client">Who sends it.</param>
    /// <param name="host">Where the client asked to go.</param>
    /// <param name="port">Where the client asked to go.</param>
    /// <param name="hello">What it offers in TLS; null when it does not speak TLS.</param>
    public bool IsTunnelled(ClientConnection client, string host, int port, TlsClientHello? hello)
    {
        var name = hello?.ServerName;
        if (Means(_ignored, host, port, name)) return true;
        if (Means(_intercepted, host, port, name)) return false;
        if (hello is not null && Learned is not null && Learned.Contains(client, host, name)) return true;
        return _tunnels;
    }

    private static bool Means(HostPatterns patterns, string host, int port, string? name) =>
        patterns.Contains(host, port) || (name is not null && patterns.Contains(name, port));
}
