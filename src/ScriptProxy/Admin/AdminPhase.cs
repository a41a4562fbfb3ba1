namespace ScriptProxy.Cli.Admin;

/// <summary>How far the proxy is, for those who send it traffic.</summary>
internal enum AdminPhase
{
    /// <summary>Addons are being loaded; nothing is accepted.</summary>
    Starting,

    /// <summary>All addons are live, and clients are accepted.</summary>
    Ready,

    /// <summary>Flows may end; no new client is accepted.</summary>
    Draining,
}
