using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Tls;

namespace ScriptProxy.Engine.Modes;

/// <summary>
/// Decides for every mode what becomes of a client whose destination is known: intercept, relay unread, or deny. The one place where
/// options and addons have their say in that: first about the destination, then, where there is TLS, about the ClientHello. Thread-safe.
/// </summary>
internal sealed class TunnelDecisions(Generations generations, InterceptionRules rules)
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
    /// <param name="request">What the client asked for; an addon may have sent it elsewhere.</param>
    /// <param name="connect">What addons said.</param>
    public bool IsUnread(ConnectRequest request, ConnectFlow connect) => connect.Decision switch
    {
        ConnectDecision.Tunnel => true,
        ConnectDecision.Default => generations.Current.ClientHello.IsEmpty && rules.IsUnread(request.Host, request.Port),
        _ => false,
    };

    /// <summary>Whether to relay HTTP without TLS.</summary>
    /// <inheritdoc cref="IsUnread" path="/param"/>
    public bool IsTunnelled(ConnectRequest request, ConnectFlow connect) =>
        connect.Decision == ConnectDecision.Default && rules.IsTunnelled(connect.Client, request.Host, request.Port, hello: null);

    /// <summary>Asks about a ClientHello, before it is answered.</summary>
    /// <param name="connect">What addons said about the destination.</param>
    /// <param name="hello">What the client offers.</param>
    /// <returns>Intercept, Tunnel or Deny.</returns>
    public async ValueTask<ConnectDecision> DecideAsync(ConnectFlow connect, TlsClientHello hello)
    {
        var decision = await AskAsync(hello);
        if (decision == ConnectDecision.Default) decision = connect.Decision;
        return decision != ConnectDecision.Default ? decision : Ruled(hello);
    }

    /// <summary>The same where addons had no say in the destination.</summary>
    /// <returns>Intercept, Tunnel or Deny.</returns>
    public async ValueTask<ConnectDecision> DecideAsync(TlsClientHello hello)
    {
        var decision = await AskAsync(hello);
        return decision != ConnectDecision.Default ? decision : Ruled(hello);
    }

    /// <summary>Asks addons alone about a ClientHello.</summary>
    /// <returns>Default when they leave it to the options.</returns>
    public async ValueTask<ConnectDecision> AskAsync(TlsClientHello hello)
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

    private ConnectDecision Ruled(TlsClientHello hello) =>
        rules.IsTunnelled(hello.Client, hello.Host, hello.Port, hello) ? ConnectDecision.Tunnel : ConnectDecision.Intercept;
}
