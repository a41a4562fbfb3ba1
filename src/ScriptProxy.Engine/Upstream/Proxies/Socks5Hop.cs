using System.Net;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Upstream.Dialling;
using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Upstream.Proxies;

/// <summary>A SOCKS5 proxy (RFC 1928). With socks5:// names are resolved here and their addresses tried one after the other; with socks5h:// the proxy is given the name. Thread-safe.</summary>
internal sealed class Socks5Hop(ProxyAddress proxy, SocketDialler dialler, ProxyOptions options) : NextHop
{
    public override string Name => proxy.Name;

    public override ProxyAddress Proxy => proxy;

    public override async Task<OpenWay> ConnectAsync(HopTarget target, CancellationToken cancellationToken)
    {
        dialler.CheckUnresolved(target.Host, target.Port);
        var isByName = proxy.Url.Kind == UpstreamKind.Socks5Remote && !IPAddress.TryParse(target.Host, out _);
        IReadOnlyList<IPEndPoint?> places = [null];
        if (!isByName) places = await dialler.ResolveAsync(target.Host, target.Port, isTrusted: false, cancellationToken);
        for (var i = 0; ; i++)
        {
            try
            {
                return await ConnectAsync(target, places[i], cancellationToken);
            }
            catch (SocksReplyException exception) when (exception.IsOfAddress && i + 1 < places.Count)
            {
                // Another address of the same host may be reached.
            }
            catch (SocksReplyException exception)
            {
                throw new FlowException(exception.Error);
            }
        }
    }

    /// <param name="target">Where to.</param>
    /// <param name="place">Its address; null for its name.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for it any more.</param>
    private async Task<OpenWay> ConnectAsync(HopTarget target, IPEndPoint? place, CancellationToken cancellationToken)
    {
        var way = await proxy.ConnectAsync(cancellationToken);
        try
        {
            await new Socks5Handshake(proxy, target, options).RunAsync(way.Stream, place?.Address, place?.Port ?? target.Port, cancellationToken);
            return way;
        }
        catch
        {
            way.Dispose();
            throw;
        }
    }
}
