namespace ScriptProxy.Cli;

/// <summary>The least severe messages that are logged.</summary>
internal enum LogThreshold
{
    /// <summary>Everything.</summary>
    Trace,

    /// <summary>Clients come and go.</summary>
    Debug,

    /// <summary>Listening, loading, stopping.</summary>
    Info,

    /// <summary>An origin or an addon misbehaved.</summary>
    Warning,

    /// <summary>The proxy misbehaved.</summary>
    Error,
}
