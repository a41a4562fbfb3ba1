using System.Security.Cryptography;
using System.Text;

namespace ScriptProxy.Engine.Tests.Tls;

public sealed class TlsFingerprintTests
{
    /// <summary>The two examples in the publication of JA3.</summary>
    [Fact]
    public void Ja3_EqualsThePublishedExamples()
    {
        var first = new TlsFingerprint
        {
            LegacyVersion = 769,
            CipherSuites = [47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4],
            Extensions = [0, 10, 11],
            Groups = [23, 24, 25],
            PointFormats = [0],
        };
        Assert.Equal("769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0", first.Ja3Text);
        Assert.Equal("ada70206e40642a3e4461f35503241d5", first.Ja3);

        var second = new TlsFingerprint { LegacyVersion = 769, CipherSuites = [4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99] };
        Assert.Equal("769,4-5-10-9-100-98-3-6-19-18-99,,,", second.Ja3Text);
        Assert.Equal("de350869b8c85de67a350c8d186f11e6", second.Ja3);
    }

    /// <summary>The worked example in the JA4 specification: Chrome, in the order of its wire.</summary>
    [Fact]
    public void Ja4_EqualsThePublishedExample()
    {
        var chrome = new TlsFingerprint
        {
            LegacyVersion = 0x0303,
            Versions = [0x0304, 0x0303],
            CipherSuites = [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035],
            Extensions = [0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015],
            SignatureAlgorithms = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601],
            FirstApplicationProtocol = "h2"u8.ToArray(),
        };

        Assert.Equal("t13d1516h2_8daaf6152771_e5627efa2ab1", chrome.Ja4);
    }

    [Theory]
    [InlineData(new byte[0], "00")]
    [InlineData(new byte[] { 0x68, 0x32 }, "h2")]
    [InlineData(new byte[] { 0x68, 0x74, 0x74, 0x70, 0x2f, 0x31, 0x2e, 0x31 }, "h1")]
    [InlineData(new byte[] { 0x78 }, "xx")]
    [InlineData(new byte[] { 0xab }, "ab")]
    [InlineData(new byte[] { 0xab, 0xcd }, "ad")]
    [InlineData(new byte[] { 0x30, 0xab }, "3b")]
    [InlineData(new byte[] { 0x30, 0x31, 0xab, 0xcd }, "3d")]
    [InlineData(new byte[] { 0x30, 0xab, 0xcd, 0x31 }, "01")]
    public void Ja4_ShowsTheEndsOfTheFirstProtocol(byte[] protocol, string expected)
    {
        Assert.Equal($"t12i0000{expected}_000000000000_000000000000", new TlsFingerprint { LegacyVersion = 0x0303, FirstApplicationProtocol = protocol }.Ja4);
    }

    [Theory]
    [InlineData(0x0304, "t13")]
    [InlineData(0x0303, "t12")]
    [InlineData(0x0302, "t11")]
    [InlineData(0x0301, "t10")]
    [InlineData(0x0300, "ts3")]
    [InlineData(0x7f1c, "t00")]
    public void Ja4_ShowsTheHighestVersion(int version, string expected)
    {
        Assert.StartsWith(expected, new TlsFingerprint { LegacyVersion = 0x0300, Versions = [0x0300, version] }.Ja4, StringComparison.Ordinal);
    }

    [Fact]
    public void Ja4_CountsNoFurtherThan99()
    {
        var fingerprint = new TlsFingerprint { LegacyVersion = 0x0303, CipherSuites = [.. Enumerable.Range(0, 150)], Extensions = [.. Enumerable.Range(0, 150)] };

        Assert.StartsWith("t12d999900_", fingerprint.Ja4, StringComparison.Ordinal);
    }

    [Fact]
    public void Ja4_WithoutSignatureAlgorithms_EndsAfterTheExtensions()
    {
        var fingerprint = new TlsFingerprint { LegacyVersion = 0x0303, Extensions = [0x0017, 0x0000, 0x0005, 0x0010] };

        var expected = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes("0005,0017")))[..12];
        Assert.Equal($"t12d000400_000000000000_{expected}", fingerprint.Ja4);
        Assert.EndsWith("_000000000000", new TlsFingerprint { Extensions = [0, 16] }.Ja4, StringComparison.Ordinal);
    }
}
