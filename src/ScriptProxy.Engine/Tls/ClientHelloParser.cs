using System.Buffers.Binary;
using System.Net;
using System.Text;
using ScriptProxy.Engine.Certificates;

namespace ScriptProxy.Engine.Tls;

/// <summary>Reads the body of a ClientHello (RFC 8446 §4.1.2). Strict: every length must fit exactly, as TLS servers demand.</summary>
internal ref struct ClientHelloParser
{
    private const int MaxSessionIdLength = 32;
    private const int RandomLength = 32;

    private int _legacyVersion;
    private int[] _cipherSuites = [];
    private string? _serverName;
    private List<string>? _applicationProtocols;
    private byte[] _firstApplicationProtocol = [];
    private int[]? _versions;
    private int[] _groups = [];
    private int[] _pointFormats = [];
    private int[] _signatureAlgorithms = [];

    public ClientHelloParser()
    {
    }

    /// <param name="body">The message without its four-byte header.</param>
    /// <param name="content">What it says, when true is returned.</param>
    public static bool TryParse(ReadOnlySpan<byte> body, out ClientHelloContent content)
    {
        content = ClientHelloContent.Empty;
        var parser = new ClientHelloParser();
        var extensions = new List<int>();
        if (!parser.TryParseBody(body, extensions)) return false;

        var versions = parser._versions ?? [parser._legacyVersion];
        content = new ClientHelloContent
        {
            ServerName = parser._serverName,
            ApplicationProtocols = parser._applicationProtocols ?? [],
            Versions = versions,
            CipherSuites = parser._cipherSuites,
            Fingerprint = new TlsFingerprint
            {
                LegacyVersion = parser._legacyVersion,
                Versions = versions,
                CipherSuites = parser._cipherSuites,
                Extensions = [.. extensions],
                Groups = parser._groups,
                PointFormats = parser._pointFormats,
                SignatureAlgorithms = parser._signatureAlgorithms,
                FirstApplicationProtocol = parser._firstApplicationProtocol,
            },
        };
        return true;
    }

    private bool TryParseBody(ReadOnlySpan<byte> body, List<int> extensions)
    {
        var vector = new ClientHelloVector(body);
        if (!vector.TryTakeUInt16(out _legacyVersion) || _legacyVersion >> 8 != 3) return false;
        if (!vector.TryTakeBytes(RandomLength, out _)) return false;
        if (!vector.TryTakeVector8(out var sessionId) || sessionId.Length > MaxSessionIdLength) return false;
        if (!vector.TryTakeVector16(out var cipherSuites) || !TryReadNumbers(cipherSuites, out _cipherSuites)) return false;
        if (!vector.TryTakeVector8(out var compressionMethods) || compressionMethods.IsEmpty) return false;

        // Before TLS 1.2 a hello may end here (RFC 5246 §7.4.1.2).
        if (vector.IsEmpty) return true;
        return vector.TryTakeVector16(out var block) && vector.IsEmpty && TryParseExtensions(block, extensions);
    }

    private bool TryParseExtensions(ReadOnlySpan<byte> block, List<int> extensions)
    {
        // A hello of 64 KiB has room for 16,384 extensions: "each only once" is checked in a set that does not grow.
        Span<ulong> seen = stackalloc ulong[ushort.MaxValue / 64 + 1];
        seen.Clear();

        var vector = new ClientHelloVector(block);
        while (!vector.IsEmpty)
        {
            if (!vector.TryTakeUInt16(out var type) || !vector.TryTakeVector16(out var data)) return false;

            var bit = 1UL << (type & 63);
            if ((seen[type >> 6] & bit) != 0) return false;
            seen[type >> 6] |= bit;

            if (!IsGrease(type)) extensions.Add(type);
            if (!TryParseExtension(type, data)) return false;
        }

        return true;
    }

    private bool TryParseExtension(int type, ReadOnlySpan<byte> data)
    {
        var vector = new ClientHelloVector(data);
        ReadOnlySpan<byte> list;
        switch (type)
        {
            case TlsFingerprint.ServerNameExtension:
                return vector.TryTakeVector16(out list) && vector.IsEmpty && TryParseServerName(list);
            case 10: // supported_groups, RFC 8422 §5.1.1
                return vector.TryTakeVector16(out list) && vector.IsEmpty && TryReadNumbers(list, out _groups);
            case 11: // ec_point_formats, RFC 8422 §5.1.2
                return vector.TryTakeVector8(out list) && vector.IsEmpty && TryReadPointFormats(list);
            case 13: // signature_algorithms, RFC 8446 §4.2.3
                return vector.TryTakeVector16(out list) && vector.IsEmpty && TryReadNumbers(list, out _signatureAlgorithms);
            case TlsFingerprint.ApplicationProtocolsExtension:
                return vector.TryTakeVector16(out list) && vector.IsEmpty && TryParseApplicationProtocols(list);
            case 43: // supported_versions, RFC 8446 §4.2.1
                return vector.TryTakeVector8(out list) && vector.IsEmpty && TryReadNumbers(list, out _versions);
            default:
                return true;
        }
    }

    /// <summary>RFC 6066 §3: a list of one host name. Clients that send an address, against the rule, are taken to send none.</summary>
    private bool TryParseServerName(ReadOnlySpan<byte> list)
    {
        var vector = new ClientHelloVector(list);
        if (!vector.TryTakeByte(out var nameType) || nameType != 0) return false;
        if (!vector.TryTakeVector16(out var bytes) || !vector.IsEmpty) return false;

        var text = Encoding.Latin1.GetString(bytes);
        if (IPAddress.TryParse(text, out _)) return true;
        if (!HostName.TryParse(text, out var name, out _)) return false;
        _serverName = name.Text;
        return true;
    }

    /// <summary>RFC 7301 §3.1.</summary>
    private bool TryParseApplicationProtocols(ReadOnlySpan<byte> list)
    {
        if (list.IsEmpty) return false;

        _applicationProtocols = new List<string>(2);
        var vector = new ClientHelloVector(list);
        while (!vector.IsEmpty)
        {
            if (!vector.TryTakeVector8(out var name) || name.IsEmpty) return false;
            if (_applicationProtocols.Count == 0) _firstApplicationProtocol = name.ToArray();
            _applicationProtocols.Add(name.SequenceEqual("h2"u8) ? "h2" : name.SequenceEqual("http/1.1"u8) ? "http/1.1" : Encoding.Latin1.GetString(name));
        }

        return true;
    }

    private bool TryReadPointFormats(ReadOnlySpan<byte> list)
    {
        if (list.IsEmpty) return false;
        _pointFormats = new int[list.Length];
        for (var index = 0; index < list.Length; index++) _pointFormats[index] = list[index];
        return true;
    }

    private static bool TryReadNumbers(ReadOnlySpan<byte> list, out int[] numbers)
    {
        numbers = [];
        if (list.IsEmpty || list.Length % 2 != 0) return false;

        var all = new int[list.Length / 2];
        var count = 0;
        for (var index = 0; index < list.Length; index += 2)
        {
            int number = BinaryPrimitives.ReadUInt16BigEndian(list[index..]);
            if (!IsGrease(number)) all[count++] = number;
        }

        numbers = count == all.Length ? all : all[..count];
        return true;
    }

    /// <summary>Values sent only to keep servers tolerant (RFC 8701): 0x0a0a, 0x1a1a, … 0xfafa.</summary>
    private static bool IsGrease(int value) => (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}
