using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Connections;

/// <summary>One listener as the options ask for it.</summary>
/// <param name="Place">What asked for it, for messages: "--listen 127.0.0.1:8080", "--mode regular@8081", "scriptproxy.yaml(3,5): listeners[0]".</param>
/// <param name="Mode">What is spoken there.</param>
/// <param name="Address">Where.</param>
/// <param name="Options">What else the listener was given, and what all listeners were given where it was not.</param>
internal sealed record ListenerSettings(string Place, ModeSpec Mode, ListenAddress Address, ListenerOptions Options)
{
    private static readonly ListenAddress Default = new TcpAddress(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 8080));

    /// <summary>Whether clients have to say who they are by these options; an addon may ask them to anyway.</summary>
    public bool HasUsers => Mode.AsksForUsers && (Options.ProxyAuth ?? Options.ProxyAuthFile) is not null;

    /// <summary>The server that a reverse proxy stands for.</summary>
    public ReverseTarget ReverseTarget =>
        ReverseTarget.TryParse(Mode.Url ?? "", Options.KeepHost ?? false, out var target, out _) ? target : throw new InvalidOperationException("Validated before.");

    /// <summary>Every listener that options ask for: those of --mode, those of listeners:, or the one of --listen.</summary>
    /// <param name="options">May be wrong.</param>
    /// <param name="problems">Gets a line for each that is.</param>
    public static IReadOnlyList<ListenerSettings> Of(ProxyOptions options, List<string> problems)
    {
        var listeners = new List<ListenerSettings>();
        var common = new ListenerOptions { ProxyAuth = options.ProxyAuth, ProxyAuthFile = options.ProxyAuthFile, Cert = options.ListenCert, Key = options.ListenKey, KeepHost = options.KeepHost };
        if (!ListenAddress.TryParse(options.Listen, out var simple, out var problem))
        {
            problems.Add($"--listen \"{options.Listen}\": {problem}");
            return listeners;
        }

        foreach (var text in options.Mode) AddMode(text, simple, common, listeners, problems);
        for (var i = 0; i < options.Listeners.Length; i++) AddListener(options.Listeners[i], i, simple, common, listeners, problems);
        if (options.Mode.Length + options.Listeners.Length == 0) listeners.Add(new ListenerSettings($"--listen {options.Listen}", new ModeSpec(ModeSpec.Regular), simple, common));
        problems.AddRange(listeners.Select(listener => listener.ReachProblem(listener.Address.IsLocal, options)).OfType<string>());
        CheckOverlaps(listeners, problems);
        CheckChoice(listeners, options, problems);
        return listeners;
    }

    /// <summary>Reads what mitmproxy takes: SPEC, SPEC@PORT or SPEC@HOST:PORT.</summary>
    private static void AddMode(string text, ListenAddress simple, ListenerOptions common, List<ListenerSettings> listeners, List<string> problems)
    {
        var (spec, listen) = Split(text);
        ListenAddress? address = null;
        if (!ModeSpec.TryParse(spec, out var mode, out var problem) || (listen is not null && !TryParseShort(listen, simple, out address, out problem)))
            problems.Add($"--mode \"{text}\": {problem}");
        else
            listeners.Add(new ListenerSettings($"--mode {text}", mode, address ?? Usual(mode, simple), common));
    }

    private static void AddListener(ListenerOptions options, int index, ListenAddress simple, ListenerOptions common, List<ListenerSettings> listeners, List<string> problems)
    {
        var place = ((IPlacedOptions)options).Place ?? $"listeners[{index}]";
        var wrong = options.Validate();
        problems.AddRange(wrong.Select(line => $"{place}: {line}"));
        if (wrong.Count > 0 || !ModeSpec.TryParse(options.Mode, out var mode, out _)) return;
        var address = options.Listen is not null && ListenAddress.TryParse(options.Listen, out var own, out _) ? own : Usual(mode, simple);
        listeners.Add(new ListenerSettings(place, mode, address, Complete(options, common)));
    }

    /// <summary>A listener's own users and certificate take the place of the common ones as a whole.</summary>
    private static ListenerOptions Complete(ListenerOptions options, ListenerOptions common)
    {
        if ((options.ProxyAuth ?? options.ProxyAuthFile) is null) options = options with { ProxyAuth = common.ProxyAuth, ProxyAuthFile = common.ProxyAuthFile };
        if (options.Cert is null) options = options with { Cert = common.Cert, Key = common.Key };
        return options with { KeepHost = options.KeepHost ?? common.KeepHost };
    }

    /// <summary>Where a mode listens that nobody named an address for: --listen; and where that was left alone, at the port its clients expect.</summary>
    private static ListenAddress Usual(ModeSpec mode, ListenAddress simple) =>
        simple == Default && simple is TcpAddress { EndPoint.Address: var host } ? new TcpAddress(new System.Net.IPEndPoint(host, mode.DefaultPort)) : simple;

    /// <summary>The last @ that an address can follow: one with a slash behind it belongs to a URL, or to a path.</summary>
    private static (string Spec, string? Listen) Split(string text)
    {
        var at = text.LastIndexOf("@" + UnixAddress.Prefix, StringComparison.Ordinal);
        if (at >= 0) return (text[..at], text[(at + 1)..]);
        at = text.LastIndexOf('@');
        if (at < 0 || text.AsSpan(at).Contains('/')) return (text, null);
        var listen = text[(at + 1)..];

        // A path may hold one too: what can be no address is a part of the URL.
        var mayBePath = text.Contains("://", StringComparison.Ordinal) && listen != DescriptorAddress.Systemd && listen.AsSpan().ContainsAnyExceptInRange('0', '9') && !listen.Contains(':', StringComparison.Ordinal);
        return mayBePath ? (text, null) : (text[..at], listen);
    }

    /// <summary>A port alone is one of the address that --listen names.</summary>
    private static bool TryParseShort(string listen, ListenAddress simple, out ListenAddress? address, out string? problem)
    {
        if (!ushort.TryParse(listen, System.Globalization.NumberStyles.None, null, out var port)) return ListenAddress.TryParse(listen, out address, out problem);
        var host = simple is TcpAddress { EndPoint.Address: var same } ? same : System.Net.IPAddress.Loopback;
        address = new TcpAddress(new System.Net.IPEndPoint(host, port));
        problem = null;
        return true;
    }

    /// <summary>Why the listener must not be reachable from other machines; null when it may, or is not.</summary>
    public string? ReachProblem(bool isLocal, ProxyOptions options)
    {
        if (isLocal || options.AllowRemoteClients || HasUsers) return null;
        var users = Mode.AsksForUsers ? "Ask for a user with --proxy-auth or --proxy-auth-file, or add" : "Add";
        return $"{Place}: this address is reachable from other machines. {users} --allow-remote-clients if that is wanted, or listen on 127.0.0.1.";
    }

    private static void CheckOverlaps(List<ListenerSettings> listeners, List<string> problems)
    {
        for (var i = 0; i < listeners.Count; i++)
        {
            if (listeners.Take(i).FirstOrDefault(before => before.Address.Overlaps(listeners[i].Address)) is not { } other) continue;
            problems.Add($"{listeners[i].Place}: {listeners[i].Address} is listened on already by {other.Place}. Give one of them another port, such as {listeners[i].Mode}@8081.");
        }
    }

    /// <summary>Who wants something left unread is not to find out later that no listener does.</summary>
    private static void CheckChoice(List<ListenerSettings> listeners, ProxyOptions options, List<string> problems)
    {
        var asked = options.Tunnel ? "--tunnel" : options.AutoTunnel ? "--auto-tunnel" : options.Ignore.Length > 0 ? "--ignore" : null;
        if (asked is null || listeners.Count == 0 || listeners.Exists(listener => listener.Mode.HasChoice)) return;
        var mode = listeners[0].Mode;
        problems.Add(mode.IsRelayed
            ? $"{asked}: in mode {mode} everything is relayed unread. Remove it."
            : $"{asked}: in mode {mode} requests are always read, since the server does not speak TLS. Remove it, or relay everything with --mode reverse:tcp://HOST:PORT.");
    }
}
