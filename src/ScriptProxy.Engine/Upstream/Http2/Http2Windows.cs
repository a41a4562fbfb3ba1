namespace ScriptProxy.Engine.Upstream.Http2;

/// <summary>How much a connection and its streams may send and receive (RFC 9113 §5.2, §6.9): constants of ours, and what the protocol begins with.</summary>
internal static class Http2Windows
{
    /// <summary>What each side begins with.</summary>
    public const int Initial = 65_535;

    /// <summary>What one response may be ahead of its reader: 1 MiB carries 160 Mbit/s over 50 ms.</summary>
    public const int Stream = 1024 * 1024;

    /// <summary>What all responses of a connection may be ahead of their readers: the most memory a connection can be made to hold.</summary>
    public const int Connection = 16 * 1024 * 1024;

    /// <summary>No window may grow beyond this.</summary>
    public const long Largest = int.MaxValue;
}
