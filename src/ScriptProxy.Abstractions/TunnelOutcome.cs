namespace ScriptProxy;

/// <summary>How a tunnel ended.</summary>
public enum TunnelOutcome
{
    /// <summary>Both sides closed it in an orderly way.</summary>
    Ended,

    /// <summary>It was never open: <see cref="FlowRecord.Error"/> says why.</summary>
    Failed,

    /// <summary>The client reset it, or was lost.</summary>
    ClientBroke,

    /// <summary>The server reset it, or was lost.</summary>
    ServerBroke,

    /// <summary>Nothing passed for as long as --tunnel-idle-timeout allows.</summary>
    Idle,

    /// <summary>An addon cut it.</summary>
    Cut,

    /// <summary>The proxy stopped, and it had not ended in time.</summary>
    Stopped,
}
