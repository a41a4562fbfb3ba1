using System.Buffers;
using System.Net;
using System.Text;

namespace ScriptProxy.Engine.Modes;

/// <summary>Reads and writes "host:port" (RFC 3986 §3.2.2, §3.2.3), strictly: no user information, no percent-encoding, no zone, no empty host.</summary>
internal static class Authority
{
    private static readonly SearchValues<byte> HostBytes =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;="u8);

    /// <param name="text">The bytes between "//" and the path, or the target of a CONNECT.</param>
    /// <param name="defaultPort">Used when there is no port; 0 makes the port mandatory.</param>
    /// <param name="host">In lower case, without brackets.</param>
    /// <param name="port">1 to 65535.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, int defaultPort, out string host, out int port)
    {
        host = "";
        port = defaultPort;
        ReadOnlySpan<byte> name;
        ReadOnlySpan<byte> rest;
        if (!text.IsEmpty && text[0] == '[')
        {
            var end = text.IndexOf((byte)']');
            if (end < 0) return false;
            name = text[1..end];
            rest = text[(end + 1)..];
            if (name.Length is 0 or > 45 || name.Contains((byte)'%') || !IPAddress.TryParse(Encoding.Latin1.GetString(name), out var address)) return false;
            if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6) return false;
        }
        else
        {
            var colon = text.IndexOf((byte)':');
            name = colon < 0 ? text : text[..colon];
            rest = colon < 0 ? default : text[colon..];
            if (name.Length is 0 or > 255 || name.ContainsAnyExcept(HostBytes)) return false;
        }

        if (!rest.IsEmpty && !TryParsePort(rest, ref port)) return false;
        if (port is < 1 or > 65535) return false;
        host = LowerCase(name);
        return true;
    }

    /// <summary>The same for text, as addons write it.</summary>
    public static bool TryParse(string text, int defaultPort, out string host, out int port)
    {
        host = "";
        port = 0;
        return Ascii.IsValid(text) && TryParse(Encoding.ASCII.GetBytes(text), defaultPort, out host, out port);
    }

    /// <summary>Whether the text is a host alone: a name or an address, without port and brackets.</summary>
    public static bool IsHost(string text) =>
        text.Length is > 0 and <= 255 && Ascii.IsValid(text) && text[0] != '[' &&
        (!Encoding.ASCII.GetBytes(text).AsSpan().ContainsAnyExcept(HostBytes) || (text.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(text, out _)));

    public static string Format(string host, int port, int defaultPort)
    {
        var bracketed = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
        return port == defaultPort ? bracketed : $"{bracketed}:{port}";
    }

    private static bool TryParsePort(ReadOnlySpan<byte> rest, ref int port)
    {
        if (rest[0] != ':' || rest.Length > 6) return false;

        // RFC 3986 §3.2.3 allows "host:" for the default port.
        if (rest.Length == 1) return port != 0;
        var value = 0;
        foreach (var digit in rest[1..])
        {
            if (digit is < (byte)'0' or > (byte)'9') return false;
            value = value * 10 + (digit - '0');
        }

        port = value;
        return true;
    }

    private static string LowerCase(ReadOnlySpan<byte> name) =>
        string.Create(name.Length, name, static (characters, bytes) => Ascii.ToLower(bytes, characters, out _));
}
