using System.Net;
using System.Security.Cryptography;
using System.Text;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Certificates.Truststores;

namespace ScriptProxy.Engine.Flows;

/// <summary>
/// What clients that come through the proxy get at its own host name: the root certificate in the forms that devices install, and how to. It is answered
/// here and never looked up. Made when first asked for, once for each root; for all other hosts it is one comparison per request.
/// </summary>
/// <param name="host">Its name, or <see cref="Off"/>.</param>
/// <param name="root">What is handed out at the moment.</param>
internal sealed class CertificatePages(string host, Func<RootCertificate> root)
{
    /// <summary>The value of the option that turns it off.</summary>
    public const string Off = "none";

    private const string Name = "scriptproxy-ca";

    private readonly string? _host = host == Off ? null : host.ToLowerInvariant();
    private volatile Forms? _forms;

    /// <summary>The answer to a request for the own host.</summary>
    /// <returns>Null when the request is for another host.</returns>
    public FlowResponse? Answer(FlowRequest request)
    {
        if (_host is null || request.Destination.Host != _host) return null;
        if (request.Method is not ("GET" or "HEAD")) return Text(405, "Only GET and HEAD.\n", [new("Allow", "GET, HEAD")]);
        return request.Path switch
        {
            "/" => File("text/html; charset=utf-8", FormsNow().Page),
            $"/{Name}.pem" => File("application/x-x509-ca-cert", FormsNow().Pem),
            $"/{Name}.cer" => File("application/x-x509-ca-cert", FormsNow().Der),
            $"/{Name}.p12" => File("application/x-pkcs12", FormsNow().Pkcs12),
            $"/{Name}.mobileconfig" => File("application/x-apple-aspen-config", FormsNow().Apple),
            _ => Text(404, $"There is nothing here. The certificate is at http://{_host}/\n", []),
        };
    }

    private Forms FormsNow()
    {
        var now = root();
        return _forms is { } forms && ReferenceEquals(forms.Root, now) ? forms : _forms = new Forms(now);
    }

    private static FlowResponse Text(int statusCode, string text, IEnumerable<KeyValuePair<string, string>> headers) =>
        FlowResponse.Local(statusCode, Encoding.UTF8.GetBytes(text), [new("Content-Type", "text/plain; charset=utf-8"), .. Always, .. headers]);

    private static FlowResponse File(string type, byte[] content) => FlowResponse.Local(200, content, [new("Content-Type", type), .. Always]);

    private static KeyValuePair<string, string>[] Always =>
    [
        new("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
        new("X-Content-Type-Options", "nosniff"),
        new("Referrer-Policy", "no-referrer"),
        new("Cache-Control", "no-store"),
    ];

    private static string Html(RootCertificate root)
    {
        var anchor = root.Anchors[0];
        var fingerprint = string.Join(':', Convert.ToHexString(anchor.GetCertHash(HashAlgorithmName.SHA256)).Chunk(2).Select(pair => new string(pair)));
        return $$"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>ScriptProxy: root certificate</title>
            <style>body{font:16px/1.5 system-ui,sans-serif;max-width:44em;margin:2em auto;padding:0 1em}code{background:#8882;padding:.1em .3em;overflow-wrap:anywhere}li{margin:.4em 0}</style></head>
            <body><h1>ScriptProxy</h1>
            <p>Your traffic goes through this proxy. For it to read HTTPS, your device has to trust its root certificate, <b>{{WebUtility.HtmlEncode(anchor.Subject)}}</b>,
            valid until {{anchor.NotAfter.ToUniversalTime():yyyy-MM-dd}}. Whoever runs the proxy can then read and change all that your device sends. Compare the fingerprint with theirs
            (<code>scriptproxy ca show</code>) before you install it:</p>
            <p>SHA-256 <code>{{fingerprint}}</code></p>
            <h2>Download</h2>
            <ul>
            <li><a href="/{{Name}}.pem">{{Name}}.pem</a>: Linux, Firefox, Android, most programs</li>
            <li><a href="/{{Name}}.cer">{{Name}}.cer</a>: Windows, Android</li>
            <li><a href="/{{Name}}.mobileconfig">{{Name}}.mobileconfig</a>: iPhone, iPad, Mac</li>
            <li><a href="/{{Name}}.p12">{{Name}}.p12</a>: truststore for Java, password <code>changeit</code></li>
            </ul>
            <h2>Install</h2>
            <ul>
            <li><b>iPhone, iPad</b>: open the .mobileconfig in Safari and allow it. Settings, Profile Downloaded, Install. Then Settings, General, About, Certificate Trust Settings: turn it on.</li>
            <li><b>Android</b>: Settings, Security, Encryption and credentials, Install a certificate, CA certificate; choose the .cer. Apps trust it only where they allow user certificates; browsers do.</li>
            <li><b>Mac</b>: open the .mobileconfig, then System Settings, Profiles, Install. Or <code>sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain {{Name}}.pem</code></li>
            <li><b>Windows</b>: <code>certutil -user -addstore Root {{Name}}.cer</code></li>
            <li><b>Debian, Ubuntu, Alpine</b>: <code>sudo cp {{Name}}.pem /usr/local/share/ca-certificates/{{Name}}.crt &amp;&amp; sudo update-ca-certificates</code></li>
            <li><b>Fedora, RHEL</b>: <code>sudo cp {{Name}}.pem /etc/pki/ca-trust/source/anchors/ &amp;&amp; sudo update-ca-trust</code></li>
            <li><b>Firefox</b>: Settings, Privacy and Security, View Certificates, Authorities, Import; choose the .pem and trust it for web sites.</li>
            <li><b>Chrome, Chromium on Linux</b>: <code>certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n scriptproxy -i {{Name}}.pem</code></li>
            <li><b>Java</b>: <code>-Djavax.net.ssl.trustStore={{Name}}.p12 -Djavax.net.ssl.trustStoreType=PKCS12 -Djavax.net.ssl.trustStorePassword=changeit</code></li>
            <li><b>curl</b>: <code>--cacert {{Name}}.pem</code> · <b>Node</b>: <code>NODE_EXTRA_CA_CERTS={{Name}}.pem</code> · <b>Python requests</b>: <code>REQUESTS_CA_BUNDLE={{Name}}.pem</code></li>
            </ul>
            <p>When you are done, remove it again where you installed it.</p>
            </body></html>

            """;
    }

    /// <summary>A root certificate in all forms.</summary>
    private sealed class Forms(RootCertificate root)
    {
        public RootCertificate Root => root;

        public byte[] Page { get; } = Encoding.UTF8.GetBytes(Html(root));

        public byte[] Pem { get; } = PemTruststore.Write(TrustedCertificate.Join(root.Anchors, []));

        public byte[] Der { get; } = root.Anchors[0].RawData;

        public byte[] Pkcs12 { get; } = Pkcs12Truststore.Write(TrustedCertificate.Join(root.Anchors, []), "changeit");

        public byte[] Apple { get; } = AppleProfile.Write(root.Anchors);
    }
}
