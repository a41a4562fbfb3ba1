namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>Where bytes are to arrive.</summary>
/// <param name="Host">A DNS name in lower case, or an IP address without brackets.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="AbsoluteForm">Whether requests will be written with their whole URL if the hop takes that: no tunnel is needed then.</param>
internal readonly record struct HopTarget(string Host, int Port, bool AbsoluteForm)
{
    /// <summary>Whether an addon named it in place of the destination: groups of endpoints then dial it instead of their own.</summary>
    public bool IsDiverted { get; init; }

    /// <summary>The Via of a CONNECT for it; null for none.</summary>
    public string? Via { get; init; }

    /// <summary>"host:port".</summary>
    public string Authority => Modes.Authority.Format(Host, Port, 0);

    /// <summary>The same as it stands in an http URL.</summary>
    public string UrlAuthority => Modes.Authority.Format(Host, Port, 80);
}
