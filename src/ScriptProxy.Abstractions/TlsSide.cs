namespace ScriptProxy;

/// <summary>With whom the proxy speaks TLS.</summary>
public enum TlsSide
{
    /// <summary>With the client, as a server.</summary>
    Client,

    /// <summary>With the upstream, as a client.</summary>
    Upstream,
}
