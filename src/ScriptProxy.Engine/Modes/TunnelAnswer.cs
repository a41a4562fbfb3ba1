namespace ScriptProxy.Engine.Modes;

/// <summary>How a client that asked for a tunnel is answered: each mode has its own words for it. Answers once.</summary>
internal abstract class TunnelAnswer
{
    /// <summary>Whether the client is still to be served, once it has sent something.</summary>
    public virtual bool IsWanted => true;

    /// <summary>Says that the tunnel is open.</summary>
    /// <returns>False when the client has left.</returns>
    public abstract ValueTask<bool> TryAcceptAsync();

    /// <summary>Says why there is none; the connection is of no use then.</summary>
    public abstract ValueTask RefuseAsync(FlowError error);
}
