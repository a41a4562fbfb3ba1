namespace ScriptProxy.Engine;

/// <summary>
/// Everything a user can set on the engine. Declared once: flags, YAML keys, environment variables and docs are made from these properties.
/// Immutable; <see cref="Validate"/> says what is wrong with a combination.
/// </summary>
public sealed record ProxyOptions
{
    /// <summary>Where to listen.</summary>
    [Option("Address and port to listen on; or unix:PATH for a Unix-domain socket, fd:NUMBER or systemd for one that was passed to the process.", ValueName = "HOST:PORT", Letter = "l", Group = "Listening")]
    public string Listen { get; init; } = "127.0.0.1:8080";

    /// <summary>How clients reach the proxy, one listener each.</summary>
    [Option("How clients reach the proxy (regular, socks5, reverse:URL, reverse:tcp://HOST:PORT, transparent), and where if not on --listen: socks5@1080, socks5@127.0.0.1:1080. Repeatable: one listener each.", ValueName = "SPEC[@HOST:PORT]", Group = "Listening")]
    public string[] Mode { get; init; } = [];

    /// <summary>Listeners with settings of their own, beside those of <see cref="Mode"/>.</summary>
    [Option("Listeners with settings of their own, in the configuration file. Repeatable.", Group = "Listening")]
    public ListenerOptions[] Listeners { get; init; } = [];

    /// <summary>Who may use the proxy: one user and the password.</summary>
    [Option("User and password that clients have to give to the proxy.", ValueName = "USER:PASSWORD", Secret = true, Group = "Listening")]
    public string? ProxyAuth { get; init; }

    /// <summary>Who may use the proxy: a file of users and hashed passwords.</summary>
    [Option("File of users and hashed passwords that clients have to give to the proxy, as htpasswd and scriptproxy hash-password write it; read again when it changes.", ValueName = "FILE", Group = "Listening")]
    public string? ProxyAuthFile { get; init; }

    /// <summary>The certificate that listeners show in TLS.</summary>
    [Option("PEM file with the certificate that listeners show clients who speak TLS to them; made for the name they ask for otherwise.", ValueName = "FILE", Group = "Listening")]
    public string? ListenCert { get; init; }

    /// <summary>The key of <see cref="ListenCert"/>; null when it is in the same file.</summary>
    [Option("PEM file with the key of --listen-cert, when that does not hold it.", ValueName = "FILE", Group = "Listening")]
    public string? ListenKey { get; init; }

    /// <summary>Whether reverse proxies leave Host as it came.</summary>
    [Option("Leave the Host header as it came in mode reverse, instead of naming the server.", Group = "Listening")]
    public bool KeepHost { get; init; }

    /// <summary>Whether an address beyond loopback may be used without further protection.</summary>
    [Option("Allow listening beyond loopback: anyone who can reach the address can use the proxy.", Group = "Listening")]
    public bool AllowRemoteClients { get; init; }

    /// <summary>Where the root certificate and its key are kept.</summary>
    [Option("Folder of the root certificate (ca.pem) and its key (ca-key.pem); made at first start.", ValueName = "DIR", Group = "Certificates")]
    public string CaDir { get; init; } = "~/.scriptproxy";

    /// <summary>Where the passphrase of an encrypted key is; null when it is not encrypted.</summary>
    [Option("File whose first line is the passphrase of the root certificate's key, where that is encrypted.", ValueName = "FILE", Group = "Certificates")]
    public string? CaPasswordFile { get; init; }

    /// <summary>Where clients of the proxy get the root certificate; "none" for nowhere.</summary>
    [Option("Host at which clients that go through the proxy get the root certificate, with instructions: http://scriptproxy.internal/. none turns it off.", ValueName = "HOST", Group = "Certificates")]
    public string CertificateHost { get; init; } = "scriptproxy.internal";

    /// <summary>Additional roots that origins may be signed by.</summary>
    [Option("PEM file with further root certificates that origins may be signed by. Repeatable.", ValueName = "FILE", Group = "Certificates")]
    public string[] UpstreamCa { get; init; } = [];

    /// <summary>Hosts whose certificate is not verified.</summary>
    [Option("Host whose certificate is not verified; * in front matches subdomains. Repeatable.", ValueName = "HOST", Group = "Certificates")]
    public string[] InsecureUpstream { get; init; } = [];

    /// <summary>How certain hosts are spoken to.</summary>
    [Option("How certain hosts are spoken to: HTTP and TLS versions, client certificates, Alt-Svc. Repeatable; the first entry that matches and says something of a matter decides it.", Group = "Certificates")]
    public HostOptions[] Hosts { get; init; } = [];

    /// <summary>Whether clients whose TLS is intercepted are asked for a certificate.</summary>
    [Option("Whether clients are asked for a certificate when their TLS is intercepted: never, ask, or require (which needs --client-ca).", Group = "Certificates")]
    public ClientCertificateRequest RequestClientCertificate { get; init; } = ClientCertificateRequest.Never;

    /// <summary>Whom certificates of clients are signed by.</summary>
    [Option("PEM file with root certificates that clients' certificates must be signed by. Repeatable.", ValueName = "FILE", Group = "Certificates")]
    public string[] ClientCa { get; init; } = [];

    /// <summary>Whether everything is relayed unread.</summary>
    [Option("Relay what passes through CONNECT and the like unread instead of intercepting TLS.", Group = "Interception")]
    public bool Tunnel { get; init; }

    /// <summary>Where everything goes that no route is for.</summary>
    [Option("Proxy for everything that routes do not send elsewhere: a URL (http, https, socks5, socks5h, pac+file:, pac+http:, pac+https:) or the name of an upstream.", ValueName = "URL", Group = "Upstream", Secret = true)]
    public string? Upstream { get; init; }

    /// <summary>What <see cref="Upstream"/> is not for.</summary>
    [Option("Destinations that do not go through --upstream, as in NO_PROXY: names with all below them, addresses, CIDR blocks, *; also with :port. Repeatable.", ValueName = "LIST", Group = "Upstream")]
    public string[] NoProxy { get; init; } = [];

    /// <summary>Whether the proxies of the environment are used.</summary>
    [Option("Send traffic through the proxies that HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY name; HTTPS_PROXY_CA and HTTPS_PROXY_REJECT_UNAUTHORIZED say how their certificates are verified.", Group = "Upstream")]
    public bool WithSystemProxy { get; init; }

    /// <summary>Which destinations go which way; the first that fits.</summary>
    [Option("Which destinations go through which upstream; the first rule that fits counts.", Group = "Upstream")]
    public RouteOptions[] Routes { get; init; } = [];

    /// <summary>Proxies by name.</summary>
    [Option("Proxies that routes and addons can send traffic through, by name.", Group = "Upstream")]
    public IReadOnlyDictionary<string, UpstreamOptions> Upstreams { get; init; } = new Dictionary<string, UpstreamOptions>();

    /// <summary>Addresses of hosts, in place of what DNS says.</summary>
    [Option("Address of a host in place of DNS: NAME=ADDRESS, NAME:PORT=ADDRESS:PORT. Repeatable.", ValueName = "NAME=ADDRESS", Group = "Upstream")]
    public string[] MapHost { get; init; } = [];

    /// <summary>The address that connections to upstreams come from; null leaves it to the system.</summary>
    [Option("Address of this machine that upstreams are connected to from.", ValueName = "ADDRESS", Group = "Upstream")]
    public string? Bind { get; init; }

    /// <summary>Whether clients reach public addresses only.</summary>
    [Option("Refuse to connect to private addresses: this machine, its networks, metadata services. Proxies and hosts named in options are exempt.", Group = "Upstream")]
    public bool DenyPrivate { get; init; }

    /// <summary>Hosts that are intercepted although --tunnel or --auto-tunnel would relay them.</summary>
    [Option("Host to intercept all the same: exception to --tunnel and --auto-tunnel. example.com, *.example.com, 10.0.0.0/8, /regex/, each with :PORT if wanted. Repeatable.", ValueName = "HOST", Group = "Interception")]
    public string[] Intercept { get; init; } = [];

    /// <summary>Hosts that are never intercepted.</summary>
    [Option("Host to relay unread; goes before --intercept. Repeatable.", ValueName = "HOST", Group = "Interception")]
    public string[] Ignore { get; init; } = [];

    /// <summary>Whether hosts whose clients reject our certificate are relayed unread from then on.</summary>
    [Option("Learn which clients reject our certificate for which hosts, and relay their next connections there unread.", Group = "Interception")]
    public bool AutoTunnel { get; init; }

    /// <summary>How long what was learnt holds.</summary>
    [Option("Time until a host that --auto-tunnel relays is tried again.", ValueName = "SECONDS", Group = "Interception")]
    public TimeSpan AutoTunnelTime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Tolerates what cannot change the framing.</summary>
    [Option("Tolerate syntax errors in heads that cannot change where a message ends: folded lines, bare LF, odd names.", Group = "Protocol")]
    public bool Lax { get; init; }

    /// <summary>What the proxy calls itself in Via; null to add none.</summary>
    [Option("Add Via with this name to what is passed on, and refuse requests that come back with it (508). Each proxy needs a name of its own.", ValueName = "NAME", Group = "Protocol")]
    public string? Via { get; init; }

    /// <summary>Whether HTTP/2 is offered to clients.</summary>
    [Option("Do not offer HTTP/2 to clients.", Group = "Protocol")]
    public bool NoHttp2 { get; init; }

    /// <summary>Whether origins are spoken to in HTTP/1.1 alone.</summary>
    [Option("Do not offer HTTP/2 to origins.", Group = "Protocol")]
    public bool NoUpstreamHttp2 { get; init; }

    /// <summary>The longest request line.</summary>
    [Option("Longest request line in bytes; longer ones are answered 414.", ValueName = "BYTES", Group = "Limits")]
    public int MaxRequestLineBytes { get; init; } = 64 * 1024;

    /// <summary>The longest request head.</summary>
    [Option("Longest request head in bytes; longer ones are answered 431.", ValueName = "BYTES", Group = "Limits")]
    public int MaxRequestHeadBytes { get; init; } = 128 * 1024;

    /// <summary>The longest response head.</summary>
    [Option("Longest response head in bytes; longer ones are answered 502.", ValueName = "BYTES", Group = "Limits")]
    public int MaxResponseHeadBytes { get; init; } = 256 * 1024;

    /// <summary>The most field lines of a head.</summary>
    [Option("Most header lines in one head.", ValueName = "COUNT", Group = "Limits")]
    public int MaxHeaders { get; init; } = 200;

    /// <summary>How much of one body a hook may buffer.</summary>
    [Option("Most bytes of one body that an addon may buffer, coded or decoded.", ValueName = "BYTES", Group = "Limits")]
    public long BodyLimit { get; init; } = 64 * 1024 * 1024;

    /// <summary>The most client connections.</summary>
    [Option("Most client connections at once; further ones wait to be accepted.", ValueName = "COUNT", Group = "Limits")]
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>The most client connections of one address.</summary>
    [Option("Most connections of one client address, loopback excepted; further ones are closed.", ValueName = "COUNT", Group = "Limits")]
    public int MaxConnectionsPerClient { get; init; } = 1_000;

    /// <summary>How many idle connections one origin keeps in the shared pool; eight times as many while they are used every few seconds.</summary>
    [Option("Most idle connections kept per origin; for five seconds eight times as many.", ValueName = "COUNT", Group = "Limits")]
    public int MaxIdlePerOrigin { get; init; } = 32;

    /// <summary>Time for a request head.</summary>
    [Option("Time a client has to send a request head once begun.", ValueName = "SECONDS", Group = "Timeouts")]
    public TimeSpan RequestHeadTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time between requests.</summary>
    [Option("Time a client connection may stay idle between requests.", ValueName = "SECONDS", Group = "Timeouts")]
    public TimeSpan ClientIdleTimeout { get; init; } = TimeSpan.FromSeconds(130);

    /// <summary>Time to connect upstream.</summary>
    [Option("Time to connect to an upstream, DNS included.", ValueName = "SECONDS", Group = "Timeouts")]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for a TLS handshake.</summary>
    [Option("Time for a TLS handshake, either side.", ValueName = "SECONDS", Group = "Timeouts")]
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time until a response head.</summary>
    [Option("Time an upstream has to answer with a response head once it has the request.", ValueName = "SECONDS", Group = "Timeouts")]
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Time without a body byte.</summary>
    [Option("Time a body may stand still, either direction.", ValueName = "SECONDS", Group = "Timeouts")]
    public TimeSpan BodyIdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Time without a byte in a tunnel.</summary>
    [Option("Time a tunnel may stand still.", ValueName = "SECONDS", Group = "Timeouts")]
    public TimeSpan TunnelIdleTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Time an idle upstream connection is kept.</summary>
    [Option("Time an idle connection to an origin is kept.", ValueName = "SECONDS", Group = "Timeouts")]
    public TimeSpan UpstreamIdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a silent client is waited for before the server gets the chance to speak first.</summary>
    [Option("Time a client may be silent after CONNECT before the server is connected to, should it be the one to speak first.", ValueName = "SECONDS", Group = "Timeouts")]
    public TimeSpan ServerFirstTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long flows may finish at shutdown.</summary>
    [Option("Time flows have to finish when the proxy stops.", ValueName = "SECONDS", Group = "Timeouts")]
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for a hook.</summary>
    [Option("Time an addon's hook may take before its flow fails.", ValueName = "SECONDS", Group = "Addons")]
    public TimeSpan HookTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What a failing hook does to its flow.</summary>
    [Option("What happens to a flow whose addon failed: fail (answer 502) or continue (as if the addon were not there).", Group = "Addons")]
    public AddonErrorPolicy OnAddonError { get; init; } = AddonErrorPolicy.Fail;

    /// <summary>Whether recorded secrets are shown.</summary>
    [Option("Show secrets in logs and records instead of masking them.", Group = "Output")]
    public bool ShowSecrets { get; init; }

    /// <summary>Checks every value.</summary>
    /// <returns>One line per problem, naming option, value and remedy; empty when all is well.</returns>
    public IReadOnlyList<string> Validate() => ProxyOptionsValidator.Validate(this);
}

/// <summary>What happens to a flow whose addon threw or timed out in a hook that can change traffic.</summary>
public enum AddonErrorPolicy
{
    /// <summary>The flow is answered 502: nothing unmasked passes.</summary>
    Fail,

    /// <summary>The flow goes on as if the addon were not there.</summary>
    Continue,
}
