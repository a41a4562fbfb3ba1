// block-doh.csx - refuse DNS over HTTPS, so that clients fall back to the system's DNS
//
//     scriptproxy -s examples/scripts/block-doh.csx

record Options
{
    [Option("Resolvers that are not even connected to.")]
    public HashSet<string> Resolvers { get; init; } =
    [
        "dns.google", "cloudflare-dns.com", "mozilla.cloudflare-dns.com", "one.one.one.one", "dns.quad9.net", "doh.opendns.com", "dns.adguard.com", "doh.cleanbrowsing.org", "dns.nextdns.io",
    ];
}

Options options = new();

void OnConnect(ConnectFlow connect)
{
    if (options.Resolvers.Contains(connect.Host.ToLowerInvariant())) connect.Deny("DNS over HTTPS is blocked.");
}

// Resolvers nobody has listed are known by how they are asked (RFC 8484, section 4.1).
void OnRequest(HttpFlow flow)
{
    var request = flow.Request;
    const string MediaType = "application/dns-message";
    var asksInUrl = request.Path == "/dns-query" && request.Query.Split('&').Any(parameter => parameter.StartsWith("dns=", StringComparison.Ordinal));
    if (asksInUrl || request.ContentType == MediaType || request.Headers["Accept"] == MediaType || options.Resolvers.Contains(request.Host.ToLowerInvariant()))
        flow.Block("DNS over HTTPS is blocked.");
}
