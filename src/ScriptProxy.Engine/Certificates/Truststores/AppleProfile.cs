using System.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ScriptProxy.Engine.Certificates.Truststores;

/// <summary>A configuration profile that iOS, iPadOS and macOS install roots from (.mobileconfig). Not signed: the device says so, and the user decides.</summary>
internal static class AppleProfile
{
    /// <summary>Writes it. The same certificates make the same profile, so that it replaces itself.</summary>
    public static byte[] Write(IReadOnlyList<X509Certificate2> roots)
    {
        var payloads = new StringBuilder();
        foreach (var root in roots) payloads.Append(Payload(root));
        var identifier = IdentifierOf(roots[0], "profile");
        return Encoding.UTF8.GetBytes($"""
            <?xml version="1.0" encoding="UTF-8"?>
            <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
            <plist version="1.0">
            <dict>
            <key>PayloadContent</key>
            <array>
            {payloads}</array>
            <key>PayloadDescription</key><string>Trusts the root certificate of a ScriptProxy.</string>
            <key>PayloadDisplayName</key><string>{SecurityElement.Escape(NameOf(roots[0]))}</string>
            <key>PayloadIdentifier</key><string>scriptproxy.{identifier}</string>
            <key>PayloadType</key><string>Configuration</string>
            <key>PayloadUUID</key><string>{identifier}</string>
            <key>PayloadVersion</key><integer>1</integer>
            </dict>
            </plist>

            """.ReplaceLineEndings("\n"));
    }

    private static string Payload(X509Certificate2 root)
    {
        var identifier = IdentifierOf(root, "root");
        return $"""
            <dict>
            <key>PayloadCertificateFileName</key><string>scriptproxy.cer</string>
            <key>PayloadContent</key><data>{Convert.ToBase64String(root.RawData)}</data>
            <key>PayloadDisplayName</key><string>{SecurityElement.Escape(NameOf(root))}</string>
            <key>PayloadIdentifier</key><string>scriptproxy.root.{identifier}</string>
            <key>PayloadType</key><string>com.apple.security.root</string>
            <key>PayloadUUID</key><string>{identifier}</string>
            <key>PayloadVersion</key><integer>1</integer>
            </dict>

            """;
    }

    private static string NameOf(X509Certificate2 root) => root.GetNameInfo(X509NameType.SimpleName, forIssuer: false);

    private static string IdentifierOf(X509Certificate2 root, string purpose)
    {
        byte[] text = [.. root.RawData, .. Encoding.ASCII.GetBytes(purpose)];
        return new Guid(SHA256.HashData(text).AsSpan(0, 16)).ToString().ToUpperInvariant();
    }
}
