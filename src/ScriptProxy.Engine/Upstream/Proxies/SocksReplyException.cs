namespace ScriptProxy.Engine.Upstream.Proxies;

/// <summary>A SOCKS5 proxy answered a request with something other than success. Only <see cref="Socks5Hop"/> sees it.</summary>
internal sealed class SocksReplyException(FlowError error, bool isOfAddress) : Exception(error.Message)
{
    public FlowError Error => error;

    /// <summary>Whether another address of the same host may fare better.</summary>
    public bool IsOfAddress => isOfAddress;
}
