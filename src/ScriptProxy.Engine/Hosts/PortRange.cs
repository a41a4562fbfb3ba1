namespace ScriptProxy.Engine.Hosts;

/// <summary>The ports of a <see cref="HostPattern"/>, both ends included.</summary>
internal readonly record struct PortRange(int First, int Last)
{
    private const int MaxPort = 65535;

    /// <summary>Every port, and 0 where no port is known.</summary>
    public static PortRange All => new(0, MaxPort);

    public bool Contains(int port) => port >= First && port <= Last;

    /// <summary>Reads "443" or "8000-8999".</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out PortRange range)
    {
        range = default;
        var dash = text.IndexOf('-');
        if (!TryParsePort(dash < 0 ? text : text[..dash], out var first)) return false;
        var last = first;
        if (dash >= 0 && !TryParsePort(text[(dash + 1)..], out last)) return false;
        range = new PortRange(first, last);
        return first <= last;
    }

    private static bool TryParsePort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, null, out port) && port is >= 1 and <= MaxPort;
}
