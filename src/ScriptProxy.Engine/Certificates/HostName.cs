using System.Net;
using System.Net.Sockets;

namespace ScriptProxy.Engine.Certificates;

/// <summary>
/// A host as certificates name it: a DNS name in lower case without the final dot (RFC 6066 §3, IDNA as A-labels), or an IP address in
/// its canonical form. Anything that is neither has no certificate.
/// </summary>
internal readonly record struct HostName
{
    private const int MaxLength = 253;
    private const int MaxLabelLength = 63;

    private HostName(string text, IPAddress? address)
    {
        Text = text;
        Address = address;
    }

    /// <summary>The normalised name; the key of every cache.</summary>
    public string Text { get; }

    /// <summary>The address, without zone; null for a DNS name.</summary>
    public IPAddress? Address { get; }

    /// <summary>Reads a host as it stands in an authority without brackets and port.</summary>
    /// <exception cref="InvalidHostNameException">It is neither a DNS name nor an address.</exception>
    public static HostName Parse(string host) => TryParse(host, out var name, out var problem) ? name : throw new InvalidHostNameException(host, problem);

    /// <summary>Reads a host as it stands in an authority without brackets and port.</summary>
    public static bool TryParse(string host, out HostName name, out string problem)
    {
        name = default;
        if (host.Contains(':', StringComparison.Ordinal)) return TryParseAddress(host, out name, out problem);

        var text = host.EndsWith('.') ? host[..^1] : host;
        problem = Problem(text);
        if (problem.Length > 0) return false;

        // Other spellings of an IPv4 address, such as 0x7f.1, are what they look like: names.
        var isAddress = char.IsAsciiDigit(text[^1]) && IPAddress.TryParse(text, out var address) && address.ToString() == text;
        name = isAddress ? new HostName(text, IPAddress.Parse(text)) : new HostName(text.ToLowerInvariant(), null);
        return true;
    }

    private static bool TryParseAddress(string host, out HostName name, out string problem)
    {
        name = default;
        problem = "not an IPv6 address.";

        // The zone of a link-local address (RFC 6874) means something on this machine only.
        var zone = host.IndexOf('%', StringComparison.Ordinal);
        var digits = zone < 0 ? host : host[..zone];
        if (host.StartsWith('[') || !IPAddress.TryParse(digits, out var address) || address.AddressFamily != AddressFamily.InterNetworkV6) return false;

        name = new HostName(address.ToString(), address);
        return true;
    }

    private static string Problem(string text)
    {
        if (text.Length == 0) return "it is empty.";
        if (text.Length > MaxLength) return $"it is longer than {MaxLength} characters.";

        var labelLength = 0;
        foreach (var character in text)
        {
            if (character == '.')
            {
                if (labelLength == 0) return "it has an empty label.";
                labelLength = 0;
                continue;
            }

            // Underscores are no letters of host names, and yet hosts are called so.
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_')) return "it has characters other than letters, digits, '-', '_' and '.'.";
            if (++labelLength > MaxLabelLength) return $"it has a label longer than {MaxLabelLength} characters.";
        }

        return labelLength == 0 ? "it has an empty label." : "";
    }
}
