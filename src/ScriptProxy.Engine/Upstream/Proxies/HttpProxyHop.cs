using System.Text;
using ScriptProxy.Engine.Upstream.Dialling;
using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Upstream.Proxies;

/// <summary>An HTTP proxy: plain requests are handed to it with their whole URL, everything else goes through CONNECT (RFC 9110 §9.3.6). Thread-safe.</summary>
internal sealed class HttpProxyHop(ProxyAddress proxy, SocketDialler dialler, ProxyOptions options) : NextHop
{
    public override string Name => proxy.Name;

    public override ProxyAddress Proxy => proxy;

    public override bool TakesAbsoluteForm => true;

    public override async Task<OpenWay> ConnectAsync(HopTarget target, CancellationToken cancellationToken)
    {
        dialler.CheckUnresolved(target.Host, target.Port);
        var way = await proxy.ConnectAsync(cancellationToken);
        try
        {
            return target.AbsoluteForm
                ? way.With(new AbsoluteForm(Encoding.ASCII.GetBytes($"http://{target.UrlAuthority}"), proxy.AuthorizationLine, proxy.Shown))
                : await new ConnectHandshake(proxy, target, options).RunAsync(way, cancellationToken);
        }
        catch
        {
            way.Dispose();
            throw;
        }
    }
}
