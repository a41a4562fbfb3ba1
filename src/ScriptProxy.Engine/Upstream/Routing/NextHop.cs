namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>
/// What is dialled so that bytes reach a destination: the destination itself, another proxy, a group of endpoints. One object per upstream,
/// shared by all connections; thread-safe.
/// </summary>
internal abstract class NextHop
{
    /// <summary>How people know it: "direct", the name of an upstream, or its URL without credentials.</summary>
    public abstract string Name { get; }

    /// <summary>The proxy that it is; null for the destination itself and for groups.</summary>
    public virtual Proxies.ProxyAddress? Proxy => null;

    /// <summary>Whether a request that is not encrypted may be handed to it with its whole URL, in place of a tunnel (RFC 9112 §3.2.2).</summary>
    public virtual bool TakesAbsoluteForm => false;

    /// <summary>The route a request really takes: a group answers with the route of the member whose turn it is. The pool is asked with that one.</summary>
    /// <param name="route">The route that led here.</param>
    public virtual Route Pick(Route route) => route;

    /// <summary>Opens a way for bytes to the target. TLS with the destination is the caller's to begin.</summary>
    /// <param name="target">Where the bytes are to arrive.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for it any more; each step has a time of its own.</param>
    /// <exception cref="Flows.FlowException">It could not be had.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing is left open.</exception>
    public abstract Task<OpenWay> ConnectAsync(HopTarget target, CancellationToken cancellationToken);
}
