// tls-passthrough.csx - learn which clients pin a site's certificate, and relay those connections unread
//
//     scriptproxy -s examples/scripts/tls-passthrough.csx

using System.Collections.Concurrent;

AddonContext context = null!;
ConcurrentDictionary<string, bool> pinned = null!;

void OnLoad(AddonContext loaded)
{
    context = loaded;
    pinned = context.State.GetOrAdd("pinned", () => new ConcurrentDictionary<string, bool>(StringComparer.OrdinalIgnoreCase));
}

// The first try is lost; clients try again. Only an alert that is about the certificate counts.
void OnTlsFailed(TlsFailure failure)
{
    if (!failure.ClientRejectedCertificate) return;
    var name = failure.ServerName ?? failure.Host;
    if (pinned.TryAdd(name, true)) context.Log($"{name} is relayed unread from now on");
}

void OnTlsClientHello(TlsClientHello hello)
{
    if (pinned.ContainsKey(hello.ServerName ?? hello.Host)) hello.Tunnel();
}
