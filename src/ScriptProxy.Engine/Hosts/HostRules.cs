using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Hosts;

/// <summary>
/// The entries of <see cref="ProxyOptions.Hosts"/>, with what they need loaded: asked once per connection, not per request. Owns the certificates.
/// Thread-safe.
/// </summary>
internal sealed class HostRules : IDisposable
{
    private readonly Entry[] _entries;
    private readonly Entry[] _aboutAltSvc;
    private readonly Entry[] _aboutH2c;

    /// <exception cref="UpstreamTrustException">An entry is wrong, or a file of it cannot be used.</exception>
    public HostRules(IReadOnlyList<HostOptions> options)
    {
        _entries = [.. options.Select((option, index) => Entry.Of(option, index))];

        // Asked for every request or response, they must not cost those who said nothing of them.
        var about = _entries.Where(entry => entry.Options.AltSvc is not null).ToArray();
        _aboutAltSvc = about.Any(entry => entry.Options.AltSvc == AltSvcPolicy.Drop) ? about : [];
        about = _entries.Where(entry => entry.Options.H2c is not null).ToArray();
        _aboutH2c = about.Any(entry => entry.Options.H2c == true) ? about : [];
    }

    /// <summary>No entry.</summary>
    public static HostRules None { get; } = new([]);

    /// <summary>Whether there is no entry: every host has <see cref="HostRule.Default"/>.</summary>
    public bool IsEmpty => _entries.Length == 0;

    /// <summary>How a destination is spoken to.</summary>
    public HostRule For(Destination destination) => For(destination.TlsName, destination.Host, destination.Port);

    /// <summary>How a host is spoken to.</summary>
    /// <param name="name">The name asked for in TLS.</param>
    /// <param name="host">Where the client wants to go: the same, or an address, or another name. Entries that match either count.</param>
    /// <param name="port">1 to 65535.</param>
    public HostRule For(string name, string host, int port)
    {
        if (IsEmpty) return HostRule.Default;
        var all = _entries.Where(entry => entry.Matches(name, host, port)).ToList();
        return all.Count == 0 ? HostRule.Default : new HostRule
        {
            Http2 = all.Select(entry => entry.Options.Http2).FirstOrDefault(value => value is not null) ?? true,
            ClientHttp2 = all.Select(entry => entry.Options.ClientHttp2).FirstOrDefault(value => value is not null) ?? true,
            Tls = all.Select(entry => entry.Tls).FirstOrDefault(value => value is not null) ?? TlsLimits.Default,
            ClientTls = all.Select(entry => entry.ClientTls).FirstOrDefault(value => value is not null) ?? TlsLimits.Default,
            ClientCertificate = all.Select(entry => entry.Certificate).FirstOrDefault(value => value is not null),
            Verify = all.Select(entry => entry.Options.Verify).FirstOrDefault(value => value is not null),
        };
    }

    /// <summary>Whether responses of a destination lose their Alt-Svc fields. Free when no entry drops any.</summary>
    public bool DropsAltSvc(Destination destination)
    {
        foreach (var entry in _aboutAltSvc)
        {
            if (entry.Matches(destination.TlsName, destination.Host, destination.Port)) return entry.Options.AltSvc == AltSvcPolicy.Drop;
        }

        return false;
    }

    /// <summary>Whether a destination without TLS is spoken to in HTTP/2. Free when no entry says so.</summary>
    public bool SpeaksH2c(Destination destination)
    {
        foreach (var entry in _aboutH2c)
        {
            if (entry.Matches(destination.TlsName, destination.Host, destination.Port)) return entry.Options.H2c == true;
        }

        return false;
    }

    public void Dispose()
    {
        foreach (var entry in _entries) entry.Certificate?.Dispose();
    }

    private sealed record Entry(HostOptions Options, HostPatterns Match, TlsLimits? Tls, TlsLimits? ClientTls, ClientCertificate? Certificate)
    {
        public static Entry Of(HostOptions options, int index)
        {
            var problems = new List<string>();
            var place = ((IPlacedOptions)options).Place ?? $"hosts[{index}]";
            var match = HostPatterns.Parse("match", options.Match, problems);
            var tls = options.Tls is null ? null : TlsLimits.Of(options.Tls, problems);
            var clientTls = options.ClientTls is null ? null : TlsLimits.Of(options.ClientTls, problems);
            if (problems.Count > 0) throw new UpstreamTrustException($"{place}: {problems[0]}");
            return new Entry(options, match, tls, clientTls, options.ClientCertificate is null ? null : ClientCertificate.Load(options.ClientCertificate));
        }

        public bool Matches(string name, string host, int port) => Match.Contains(name, port) || (!ReferenceEquals(name, host) && Match.Contains(host, port));
    }
}
