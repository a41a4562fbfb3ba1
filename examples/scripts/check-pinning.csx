// check-pinning.csx - report which hosts an application lets itself be intercepted for, and which it does not
//
//     scriptproxy -q -s examples/scripts/check-pinning.csx

using System.Collections.Concurrent;

AddonContext context = null!;
readonly ConcurrentDictionary<string, bool> reported = new();

void OnLoad(AddonContext loaded) => context = loaded;

void OnTlsFailed(TlsFailure failure)
{
    if (failure.ClientRejectedCertificate) Report($"{failure.ServerName ?? failure.Host}: refused, it is pinned or the root certificate is not trusted");
}

// A request that can be read came through a handshake that the client was content with.
void OnRequest(HttpFlow flow)
{
    if (flow.Request.Scheme == "https") Report($"{flow.Request.Host}: accepted, not pinned");
}

void Report(string line)
{
    if (reported.TryAdd(line, true)) context.Log(line);
}
