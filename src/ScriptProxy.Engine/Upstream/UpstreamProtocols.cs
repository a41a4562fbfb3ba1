using System.Collections.Concurrent;
using ScriptProxy.Engine.Hosts;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Upstream;

/// <summary>What is offered to an origin by ALPN (RFC 7301), and what origins were found to speak. Thread-safe.</summary>
internal sealed class UpstreamProtocols(ProxyOptions options, HostRules hosts)
{
    private const int MostRemembered = 10_000;

    private readonly ConcurrentDictionary<Destination, HttpProtocol> _known = new();

    /// <summary>Whether HTTP/2 may be spoken with a destination at all.</summary>
    public bool MaySpeakHttp2(Destination destination) => destination.IsTls && !options.NoUpstreamHttp2;

    /// <summary>Whether h2 is offered, beside http/1.1. An HTTP/1.1 client is best served in HTTP/1.1, where nothing has to be translated.</summary>
    /// <param name="destination">What is dialled.</param>
    /// <param name="clientSpeaksHttp2">What the client speaks.</param>
    public bool OffersHttp2(Destination destination, bool clientSpeaksHttp2)
    {
        if (!MaySpeakHttp2(destination)) return SpeaksH2c(destination);
        return _known.GetValueOrDefault(destination) switch
        {
            HttpProtocol.Http11Required => false,
            HttpProtocol.Http2Only => true,
            _ => clientSpeaksHttp2,
        };
    }

    /// <summary>Whether a destination was found to speak HTTP/1.1 where it had the choice.</summary>
    public bool PrefersHttp11(Destination destination) => _known.GetValueOrDefault(destination) is HttpProtocol.Http11 or HttpProtocol.Http11Required;

    /// <summary>Whether a destination was found to refuse HTTP/1.1, or is known to be spoken to in HTTP/2 without TLS.</summary>
    public bool IsHttp2Only(Destination destination) => (!_known.IsEmpty && _known.GetValueOrDefault(destination) == HttpProtocol.Http2Only) || SpeaksH2c(destination);

    private bool SpeaksH2c(Destination destination) => !destination.IsTls && !options.NoUpstreamHttp2 && hosts.SpeaksH2c(destination);

    /// <summary>Remembers what a destination chose or asked for.</summary>
    public void Learn(Destination destination, HttpProtocol protocol)
    {
        if (_known.TryGetValue(destination, out var known) && known == protocol) return;

        // Forgetting costs a handshake, no more.
        if (_known.Count >= MostRemembered) _known.Clear();
        _known[destination] = protocol;
    }
}
