using System.Formats.Asn1;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScriptProxy.Engine.Certificates;

/// <summary>
/// The hosts that an authority may sign for (RFC 5280 §4.2.1.10). A stolen key is of use for these only. A kind of name that is not mentioned
/// would be free; therefore addresses are excluded where only names are permitted, and names where only addresses are.
/// </summary>
internal sealed class NameConstraints
{
    private const string Identifier = "2.5.29.30";

    /// <summary>Permitted where no name is to be: RFC 6761 §6.4 keeps it from ever being one. Excluding the empty name says the same, but Java cannot read that.</summary>
    private const string NoName = "none.invalid";

    private static readonly Asn1Tag Permitted = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag Excluded = new(TagClass.ContextSpecific, 1);
    private static readonly Asn1Tag DnsName = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag Address = new(TagClass.ContextSpecific, 7);

    private readonly List<string> _permittedNames = [];
    private readonly List<IPNetwork> _permittedNetworks = [];
    private readonly List<string> _excludedNames = [];
    private readonly List<IPNetwork> _excludedNetworks = [];

    private NameConstraints()
    {
    }

    /// <param name="names">Each permits itself and every name below it; in lower case.</param>
    /// <param name="networks">Each permits its addresses.</param>
    public NameConstraints(IReadOnlyList<string> names, IReadOnlyList<IPNetwork> networks)
    {
        _permittedNames.AddRange(names);
        _permittedNetworks.AddRange(networks);
        if (names.Count == 0) _permittedNames.Add(NoName);
        if (!networks.Any(network => network.BaseAddress.AddressFamily == AddressFamily.InterNetwork)) _excludedNetworks.Add(new IPNetwork(IPAddress.Any, 0));
        if (!networks.Any(network => network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6)) _excludedNetworks.Add(new IPNetwork(IPAddress.IPv6Any, 0));
    }

    /// <summary>"DNS:example.com", "IP:10.0.0.0/8"; what is permitted only.</summary>
    public IEnumerable<string> PermittedTexts => _permittedNames.Where(name => name != NoName).Select(name => $"DNS:{name}").Concat(_permittedNetworks.Select(network => $"IP:{network}"));

    /// <summary>"DNS:internal.example.com"; what is excluded only.</summary>
    public IEnumerable<string> ExcludedTexts => _excludedNames.Select(name => $"DNS:{name}").Concat(_excludedNetworks.Select(network => $"IP:{network}"));

    /// <summary>Reads those of a certificate; null when it has none. Kinds of names that hosts do not have are passed over.</summary>
    public static NameConstraints? Of(X509Certificate2 certificate)
    {
        if (certificate.Extensions.FirstOrDefault(extension => extension.Oid?.Value == Identifier) is not { } extension) return null;
        var constraints = new NameConstraints();
        try
        {
            var content = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            if (content.HasData && content.PeekTag().HasSameClassAndValue(Permitted)) Read(content.ReadSequence(Permitted), constraints._permittedNames, constraints._permittedNetworks);
            if (content.HasData) Read(content.ReadSequence(Excluded), constraints._excludedNames, constraints._excludedNetworks);
        }
        catch (Exception exception) when (exception is AsnContentException or ArgumentException)
        {
            // Verifiers will refuse such a certificate; here it is asked for explanations only.
            return null;
        }

        return constraints;
    }

    /// <summary>Whether clients accept a leaf for this host.</summary>
    public bool Permit(HostName host) => host.Address is { } address
        ? !_excludedNetworks.Any(network => network.Contains(address)) && (_permittedNetworks.Count == 0 || _permittedNetworks.Any(network => network.Contains(address)))
        : !_excludedNames.Any(name => Covers(name, host.Text)) && (_permittedNames.Count == 0 || _permittedNames.Any(name => Covers(name, host.Text)));

    /// <summary>The extension, which is critical.</summary>
    public X509Extension ToExtension()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            Write(writer, Permitted, _permittedNames, _permittedNetworks);
            Write(writer, Excluded, _excludedNames, _excludedNetworks);
        }

        return new X509Extension(new Oid(Identifier), writer.Encode(), critical: true);
    }

    private static bool Covers(string name, string host)
    {
        var suffix = name.TrimStart('.');
        return suffix.Length == 0 || host.Equals(suffix, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + suffix, StringComparison.OrdinalIgnoreCase);
    }

    private static void Write(AsnWriter writer, Asn1Tag tag, List<string> names, List<IPNetwork> networks)
    {
        if (names.Count + networks.Count == 0) return;
        using var subtrees = writer.PushSequence(tag);
        foreach (var name in names)
        {
            using (writer.PushSequence()) writer.WriteCharacterString(UniversalTagNumber.IA5String, name, DnsName);
        }

        foreach (var network in networks)
        {
            byte[] addressAndMask = [.. network.BaseAddress.GetAddressBytes(), .. MaskOf(network)];
            using (writer.PushSequence()) writer.WriteOctetString(addressAndMask, Address);
        }
    }

    private static byte[] MaskOf(IPNetwork network)
    {
        var mask = new byte[network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 4 : 16];
        for (var bit = 0; bit < network.PrefixLength; bit++) mask[bit / 8] |= (byte)(0x80 >> (bit % 8));
        return mask;
    }

    private static void Read(AsnReader subtrees, List<string> names, List<IPNetwork> networks)
    {
        while (subtrees.HasData)
        {
            var subtree = subtrees.ReadSequence();
            var tag = subtree.PeekTag();
            if (tag.HasSameClassAndValue(DnsName)) names.Add(subtree.ReadCharacterString(UniversalTagNumber.IA5String, DnsName));
            else if (tag.HasSameClassAndValue(Address)) networks.Add(NetworkOf(subtree.ReadOctetString(Address)));
        }
    }

    private static IPNetwork NetworkOf(byte[] addressAndMask)
    {
        var half = addressAndMask.Length / 2;
        var prefixLength = addressAndMask[half..].Sum(octet => System.Numerics.BitOperations.PopCount(octet));
        return new IPNetwork(new IPAddress(addressAndMask.AsSpan(0, half)), prefixLength);
    }
}
