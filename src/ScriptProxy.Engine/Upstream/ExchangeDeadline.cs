using ScriptProxy.Engine.Connections;

namespace ScriptProxy.Engine.Upstream;

/// <summary>The deadline of an exchange: knows the upstream connection that is to be cut when time is up or the client is gone.</summary>
internal abstract class ExchangeDeadline : Deadline
{
    private UpstreamConnection? _upstream;

    /// <summary>Whether the client went away while the exchange was under way.</summary>
    public bool ClientLeft { get; private set; }

    /// <summary>The connection in use; null between exchanges.</summary>
    public UpstreamConnection? Upstream
    {
        get => Volatile.Read(ref _upstream);
        set => Volatile.Write(ref _upstream, value);
    }

    /// <summary>Ends the exchange because nobody waits for it any more.</summary>
    public void LeaveClient()
    {
        ClientLeft = true;
        Upstream?.Abort();
    }

    protected override void OnExpired(DeadlineKind kind) => Upstream?.Abort();
}
