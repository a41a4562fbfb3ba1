using System.Text;
using ScriptProxy.Engine.Addons;

namespace ScriptProxy.Tests;

/// <summary>Writes docs/hooks.md from the hook table.</summary>
internal static class HooksDocument
{
    /// <summary>Every event of mitmproxy, our hook for it (empty for none), and what differs.</summary>
    public static readonly (string Event, string Hook, string Difference)[] Events =
    [
        ("load", "OnLoad", "options and commands are not registered there; state that outlives a reload is in `context.State`"),
        ("configure", "", "an addon's options are read before `OnLoad`; a change of them is a reload"),
        ("running", "", "nothing is accepted before `OnLoad` of every addon has run"),
        ("update", "", "there is no list of flows that addons or a UI change afterwards"),
        ("done", "OnUnload", "after the last flow of that version"),
        ("add_log", "", "deprecated there; `context.Log` writes, nothing listens"),
        ("client_connected", "OnClientConnected", "refuse with `Refuse`"),
        ("client_disconnected", "OnClientDisconnected", ""),
        ("server_connect", "OnUpstreamConnecting", "`ConnectTo`, `Refuse`"),
        ("server_connected", "OnUpstreamConnected", "after TLS, not before it"),
        ("server_connect_error", "OnUpstreamFailed", "a TLS handshake that fails counts, too"),
        ("server_disconnected", "", "connections are pooled and serve many flows; their end belongs to none of them"),
        ("http_connect", "OnConnect", "also says whether to intercept or to relay unread"),
        ("http_connect_upstream", "OnUpstreamConnecting", "chooses the upstream proxy with `Via`; the CONNECT to it is the proxy's own business"),
        ("http_connected", "OnConnect", "it has been answered when it returns without `Deny`"),
        ("http_connect_error", "OnUpstreamFailed", "with `Flow` null for a tunnel"),
        ("requestheaders", "OnRequest", "the body streams unless a hook reads or replaces it: there is no second hook for that"),
        ("request", "OnRequest", "`await flow.Request.ReadBytesAsync()` where the body is wanted"),
        ("responseheaders", "OnResponse", "the body streams unless a hook reads or replaces it"),
        ("response", "OnResponse", "`await flow.Response.ReadBytesAsync()` where the body is wanted; `OnCompleted` for what is to happen after the last byte"),
        ("error", "OnError", "may answer instead; `OnCompleted` sees what failed later"),
        ("websocket_start", "OnWebSocketStart", ""),
        ("websocket_message", "OnWebSocketMessage", "the message itself is given; those before it are not kept"),
        ("websocket_end", "OnWebSocketEnd", ""),
        ("tcp_start", "OnTunnelStart", ""),
        ("tcp_message", "OnTcpData", ""),
        ("tcp_end", "OnTunnelEnd", ""),
        ("tcp_error", "OnTunnelEnd", "with `Error`"),
        ("udp_start, udp_message, udp_end, udp_error", "", "UDP is not proxied"),
        ("dns_request, dns_response, dns_error", "", "DNS is not proxied"),
        ("tls_clienthello", "OnTlsClientHello", "`Tunnel` for `ignore_connection`; JA3 and JA4 come with it"),
        ("tls_start_client, tls_start_server", "", "the TLS library's objects are not handed out; `OnConnect` and `OnTlsClientHello` decide before, certificates are options"),
        ("tls_established_client", "OnRequest", "`flow.Client.TlsProtocol` and `ApplicationProtocol`"),
        ("tls_established_server", "OnUpstreamConnected", "`connect.Server`"),
        ("tls_failed_client", "OnTlsFailed", "`Side` is `Client`; `ClientRejectedCertificate` says whether it was our certificate"),
        ("tls_failed_server", "OnTlsFailed", "`Side` is `Upstream`"),
        ("quic_start_client, quic_start_server", "", "QUIC is not proxied; clients fall back to TCP"),
        ("socks5_auth", "OnProxyAuthenticate", "also for HTTP proxies, where the credentials are Basic; accept with `Accept`"),
        ("next_layer", "", "the protocol inside a tunnel is found by its first bytes; `OnConnect` and `OnTlsClientHello` overrule that"),
    ];

    public static string Write(IEnumerable<HookKind> hooks)
    {
        var text = new StringBuilder("""
            # Hooks

            <!-- Generated from the code. To refresh: UPDATE_DOCS=1 dotnet test tests/ScriptProxy.Tests -->

            In the order in which they come. A script has a function of that name, a class overrides the method with `Async` behind it: `void OnRequest(HttpFlow flow)`,
            `ValueTask OnRequestAsync(HttpFlow flow)`. A hook that nobody has costs nothing. How to write one is in [addons.md](addons.md).

            A hook that fails, by an exception or by taking longer than it may, fails its traffic: a flow is answered 502, a connection, tunnel or WebSocket is closed, and nothing passes that
            the hook did not see to its end. `[OnFailure(OnFailure.Continue)]` or `--on-addon-error continue` let it pass instead. Hooks that only observe change nothing by failing. A
            tunnel, a WebSocket and whatever else lasts meets the newest version of an addon at each of its hooks; a flow sees one version from its request to its response.

            | hook | when | may | may not | its failure |
            |---|---|---|---|---|
            | `OnLoad(AddonContext)`, `OnLoad()` | before this version goes live | prepare, begin work that ends with `context.Stopping` | see traffic | leaves the running version in place |

            """);
        foreach (var hook in hooks)
            text.Append($"| `{hook.Name}({hook.ArgumentType.Name})` | {hook.When} | {hook.May} | {hook.MayNot} | {(hook.Observes ? "is logged" : "fails the traffic")} |\n");
        text.Append("""
            | `OnUnload()` | after the last flow of this version | clean up | see traffic | is logged |

            ## Coming from mitmproxy

            Every event of mitmproxy and what takes its place. Hooks there run one at a time and, when they fail, let the flow go on unmodified; hooks here run for many flows at once, and fail closed.

            | mitmproxy | here | |
            |---|---|---|

            """);
        foreach (var (name, hook, difference) in Events)
            text.Append($"| {string.Join(", ", name.Split(", ").Select(part => $"`{part}`"))} | {(hook.Length == 0 ? "–" : $"`{hook}`")} | {difference} |\n");
        return text.ToString();
    }
}
