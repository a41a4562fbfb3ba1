using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;

namespace ScriptProxy.Engine.Upstream;

/// <summary>The deadline of an exchange: knows what goes on upstream, which is to be cut when time is up or the client is gone.</summary>
internal abstract class ExchangeDeadline : Deadline
{
    private UpstreamExchange? _upstream;
    private Flow? _flow;

    /// <summary>Whether the client went away while the exchange was under way.</summary>
    public bool ClientLeft { get; private set; }

    /// <summary>What goes on upstream; null between exchanges.</summary>
    public UpstreamExchange? Upstream
    {
        get => Volatile.Read(ref _upstream);
        set => Volatile.Write(ref _upstream, value);
    }

    /// <summary>The flow under way, whose code is told when the exchange is cut; null between exchanges.</summary>
    public Flow? Flow
    {
        get => Volatile.Read(ref _flow);
        set => Volatile.Write(ref _flow, value);
    }

    /// <summary>Ends the exchange because nobody waits for it any more.</summary>
    public virtual void LeaveClient()
    {
        ClientLeft = true;
        Upstream?.Abort();
        Flow?.Cut();
    }

    protected override void OnExpired(DeadlineKind kind)
    {
        Upstream?.Abort();
        Flow?.Cut();
    }
}
