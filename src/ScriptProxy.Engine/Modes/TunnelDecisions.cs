using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Flows;

namespace ScriptProxy.Engine.Modes;

/// <summary>
/// Decides for every mode what becomes of a client whose destination is known: intercept, relay unread, or deny. The one place where
/// options and addons have their say in that: first about the destination, then, where there is TLS, about the ClientHello. Thread-safe.
/// </summary>
internal sealed class TunnelDecisions(Generations generations, ProxyOptions options)
{
    /// <summary>Asks about the destination, before the client is answered.</summary>
    /// <returns>Why it is denied; null when it is not.</returns>
    public async ValueTask<FlowError?> DenialAsync(ConnectFlow connect)
    {
        using var lease = generations.Lease();
        if (lease.Generation.Connect.IsEmpty) return null;
        try
        {
            await lease.Generation.Connect.RunAsync(connect);
        }
        catch (AddonException exception)
        {
            return FlowErrors.From(exception)!;
        }

        return connect.Decision == ConnectDecision.Deny ? new FlowError("http_request_denied", connect.DenyStatusCode, connect.DenyReason!) : null;
    }

    /// <summary>Whether to relay without looking at what the client sends.</summary>
    public bool IsUnread(ConnectFlow connect) =>
        connect.Decision == ConnectDecision.Tunnel || (connect.Decision == ConnectDecision.Default && options.Tunnel);

    /// <summary>Asks about a ClientHello, before it is answered.</summary>
    /// <returns>Anything but Tunnel and Deny means to intercept.</returns>
    public async ValueTask<ConnectDecision> DecideAsync(TlsClientHello hello)
    {
        using var lease = generations.Lease();
        if (lease.Generation.ClientHello.IsEmpty) return ConnectDecision.Default;
        try
        {
            await lease.Generation.ClientHello.RunAsync(hello);
            return hello.Decision;
        }
        catch (AddonException)
        {
            // Already logged where it was caught; nothing may pass that an addon wanted to look at.
            return ConnectDecision.Deny;
        }
    }
}
