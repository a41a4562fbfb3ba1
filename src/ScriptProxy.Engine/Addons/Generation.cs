namespace ScriptProxy.Engine.Addons;

/// <summary>One immutable set of live addons. A flow leases it and so sees one version of everything from start to end.</summary>
internal sealed class Generation
{
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly Dictionary<string, IReadOnlyList<string>> _order = [];

    // One for being current, and one per lease.
    private int _references = 1;

    public Generation(int number, IReadOnlyList<LoadedAddon> addons, HookDispatch dispatch)
    {
        Number = number;
        Addons = [.. addons];
        ClientConnected = Collect(HookKind.ClientConnected, dispatch);
        Connect = Collect(HookKind.Connect, dispatch);
        ClientHello = Collect(HookKind.ClientHello, dispatch);
        TlsFailed = Collect(HookKind.TlsFailed, dispatch);
        Request = Collect(HookKind.Request, dispatch);
        UpstreamConnecting = Collect(HookKind.UpstreamConnecting, dispatch);
        UpstreamConnected = Collect(HookKind.UpstreamConnected, dispatch);
        UpstreamFailed = Collect(HookKind.UpstreamFailed, dispatch);
        Response = Collect(HookKind.Response, dispatch);
        Error = Collect(HookKind.Error, dispatch);
        Completed = Collect(HookKind.Completed, dispatch);
        WebSocketStart = Collect(HookKind.WebSocketStart, dispatch);
        WebSocketMessage = Collect(HookKind.WebSocketMessage, dispatch);
        WebSocketEnd = Collect(HookKind.WebSocketEnd, dispatch);
        TunnelStart = Collect(HookKind.TunnelStart, dispatch);
        TcpData = Collect(HookKind.TcpData, dispatch);
        TunnelEnd = Collect(HookKind.TunnelEnd, dispatch);
        ClientDisconnected = Collect(HookKind.ClientDisconnected, dispatch);
        ProxyAuthenticate = Collect(HookKind.ProxyAuthenticate, dispatch);
        HasFlowHooks = !(Request.IsEmpty && Response.IsEmpty && Error.IsEmpty && Completed.IsEmpty);
        HasWebSocketHooks = !(WebSocketStart.IsEmpty && WebSocketMessage.IsEmpty && WebSocketEnd.IsEmpty);
        HasTunnelHooks = !(TunnelStart.IsEmpty && TcpData.IsEmpty && TunnelEnd.IsEmpty);
        HasDialHooks = !(UpstreamConnecting.IsEmpty && UpstreamConnected.IsEmpty && UpstreamFailed.IsEmpty);
        foreach (var addon in Addons) addon.EnterGeneration();
    }

    /// <summary>Counts up from 0, the empty generation before the first addon.</summary>
    public int Number { get; }

    public IReadOnlyList<LoadedAddon> Addons { get; }

    public HookList<ClientConnection> ClientConnected { get; }

    public HookList<ConnectFlow> Connect { get; }

    public HookList<TlsClientHello> ClientHello { get; }

    public HookList<TlsFailure> TlsFailed { get; }

    public HookList<HttpFlow> Request { get; }

    public HookList<UpstreamConnect> UpstreamConnecting { get; }

    public HookList<UpstreamConnect> UpstreamConnected { get; }

    public HookList<UpstreamConnect> UpstreamFailed { get; }

    public HookList<HttpFlow> Response { get; }

    public HookList<HttpFlow> Error { get; }

    public HookList<HttpFlow> Completed { get; }

    public HookList<WebSocketConnection> WebSocketStart { get; }

    public HookList<WebSocketMessage> WebSocketMessage { get; }

    public HookList<WebSocketConnection> WebSocketEnd { get; }

    public HookList<TunnelFlow> TunnelStart { get; }

    public HookList<TcpData> TcpData { get; }

    public HookList<TunnelFlow> TunnelEnd { get; }

    public HookList<ClientConnection> ClientDisconnected { get; }

    public HookList<ProxyAuthentication> ProxyAuthenticate { get; }

    /// <summary>Whether any addon wants to see flows.</summary>
    public bool HasFlowHooks { get; }

    /// <summary>Whether any addon wants to see WebSockets: their frames are only read then.</summary>
    public bool HasWebSocketHooks { get; }

    /// <summary>Whether any addon wants to see tunnels.</summary>
    public bool HasTunnelHooks { get; }

    /// <summary>Whether any addon wants to see how upstreams are connected to.</summary>
    public bool HasDialHooks { get; }

    /// <summary>For each hook that someone implements, the addons in the order in which it calls them.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Order => _order;

    /// <summary>How many leases are out; one more while this generation is current.</summary>
    public int References => Volatile.Read(ref _references);

    /// <summary>Completes when it is no longer current and the last lease was returned.</summary>
    public Task Drained => _drained.Task;

    /// <summary>Takes a lease; false when this generation was replaced and has drained.</summary>
    public bool TryEnter()
    {
        var seen = Volatile.Read(ref _references);
        while (seen != 0)
        {
            var before = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (before == seen) return true;
            seen = before;
        }

        return false;
    }

    /// <summary>Returns a lease, or stops being current.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _references) == 0) _drained.TrySetResult();
    }

    private HookList<T> Collect<T>(HookKind<T> kind, HookDispatch dispatch)
    {
        BoundHook<T>[] hooks = [.. Addons.Select(addon => addon.Find(kind)).OfType<BoundHook<T>>().OrderByDescending(hook => hook.Traits.Priority)];
        if (hooks.Length > 0) _order[kind.Name] = [.. hooks.Select(hook => hook.Addon.Name)];
        return new(dispatch, hooks);
    }
}
