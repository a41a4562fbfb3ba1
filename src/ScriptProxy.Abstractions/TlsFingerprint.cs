using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ScriptProxy;

/// <summary>What of a ClientHello tells one client program from another, and the two customary ways to write it down. GREASE values (RFC 8701) are left out everywhere.</summary>
internal sealed class TlsFingerprint
{
    /// <summary>server_name (RFC 6066 §3).</summary>
    public const int ServerNameExtension = 0;

    /// <summary>application_layer_protocol_negotiation (RFC 7301).</summary>
    public const int ApplicationProtocolsExtension = 16;

    /// <summary>encrypted_client_hello (RFC 9849 §5).</summary>
    public const int EncryptedClientHelloExtension = 0xfe0d;

    private const int HashDigits = 12;
    private const string NothingToHash = "000000000000";
    private string? _ja3;
    private string? _ja4;

    /// <summary>The version field of the message itself, which newer clients keep at TLS 1.2.</summary>
    public int LegacyVersion { get; init; }

    /// <summary>The versions that the client really offers.</summary>
    public IReadOnlyList<int> Versions { get; init; } = [];

    public IReadOnlyList<int> CipherSuites { get; init; } = [];

    /// <summary>The extension types, in wire order.</summary>
    public IReadOnlyList<int> Extensions { get; init; } = [];

    public IReadOnlyList<int> Groups { get; init; } = [];

    public IReadOnlyList<int> PointFormats { get; init; } = [];

    public IReadOnlyList<int> SignatureAlgorithms { get; init; } = [];

    /// <summary>The bytes of the first ALPN name; empty without ALPN.</summary>
    public byte[] FirstApplicationProtocol { get; init; } = [];

    /// <summary>The MD5 in hex of <see cref="Ja3Text"/>.</summary>
    public string Ja3 => _ja3 ??= Md5(Ja3Text);

    /// <summary>JA4 as published by FoxIO: what is offered, the sorted cipher suites, the sorted extensions with the signature algorithms.</summary>
    public string Ja4 => _ja4 ??= $"{Ja4Summary()}_{Ja4CipherSuites()}_{Ja4Extensions()}";

    /// <summary>Version, cipher suites, extensions, groups and point formats, in decimal, as published by Salesforce.</summary>
    internal string Ja3Text => string.Join(
        ',',
        LegacyVersion.ToString(CultureInfo.InvariantCulture),
        string.Join('-', CipherSuites),
        string.Join('-', Extensions),
        string.Join('-', Groups),
        string.Join('-', PointFormats));

    private string Ja4Summary()
    {
        var version = Versions.Count == 0 ? LegacyVersion : Versions.Max();
        var versionDigits = version switch
        {
            0x0304 => "13",
            0x0303 => "12",
            0x0302 => "11",
            0x0301 => "10",
            0x0300 => "s3",
            _ => "00",
        };
        var serverName = Extensions.Contains(ServerNameExtension) ? 'd' : 'i';
        return $"t{versionDigits}{serverName}{Math.Min(CipherSuites.Count, 99):00}{Math.Min(Extensions.Count, 99):00}{Ja4ApplicationProtocol()}";
    }

    /// <summary>First and last character of the first name; of its hex form when they are not both letters or digits.</summary>
    private string Ja4ApplicationProtocol()
    {
        if (FirstApplicationProtocol is not [var first, ..]) return "00";

        var last = FirstApplicationProtocol[^1];
        if (char.IsAsciiLetterOrDigit((char)first) && char.IsAsciiLetterOrDigit((char)last)) return $"{(char)first}{(char)last}";
        return $"{first >> 4:x}{last & 0xf:x}";
    }

    private string Ja4CipherSuites() => CipherSuites.Count == 0 ? NothingToHash : Sha256(Hex(CipherSuites.Order()));

    private string Ja4Extensions()
    {
        var extensions = Hex(Extensions.Where(type => type is not (ServerNameExtension or ApplicationProtocolsExtension)).Order());
        if (extensions.Length == 0) return NothingToHash;
        return Sha256(SignatureAlgorithms.Count == 0 ? extensions : $"{extensions}_{Hex(SignatureAlgorithms)}");
    }

    private static string Hex(IEnumerable<int> numbers) => string.Join(',', numbers.Select(number => number.ToString("x4", CultureInfo.InvariantCulture)));

    private static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)))[..HashDigits];

#pragma warning disable CA5351 // JA3 is defined with MD5; nothing is protected by it.
    private static string Md5(string text) => Convert.ToHexStringLower(MD5.HashData(Encoding.ASCII.GetBytes(text)));
#pragma warning restore CA5351
}
