using System.Text;
using ScriptProxy.Engine.Flows;

namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>
/// One request or tunnel on its way through a cluster: the tries so far, and what it holds of the cluster's limits until it is disposed. Used by
/// one thread at a time; disposed by any, once or more.
/// </summary>
internal sealed class ClusterRun : IDisposable
{
    private const int LongestBackoff = 10;

    private readonly Cluster _cluster;
    private readonly RetryOptions _retries;
    private readonly RetryConditions _conditions;
    private readonly List<UpstreamTry> _tries = [];
    private readonly HashSet<Endpoint> _tried = [];
    private Endpoint? _endpoint;
    private bool _isRetry;
    private int _slot;
    private int _disposed;

    /// <exception cref="FlowException">The cluster has too many requests under way.</exception>
    public ClusterRun(Cluster cluster)
    {
        _cluster = cluster;
        _retries = cluster.Plan.Retries;
        _conditions = cluster.RetryConditions;
        cluster.Enter();
    }

    /// <summary>The time of the try under way; null when it has no limit.</summary>
    public TryTimer? Timer { get; private set; }

    /// <summary>Whether requests are sent again whose method is not idempotent.</summary>
    public bool RepeatsAnyMethod => _retries.NonIdempotent;

    /// <summary>Whether the time of the try under way is over.</summary>
    public bool IsTryOver => Timer is { IsOver: true };

    /// <summary>The tries that ended, in order.</summary>
    public IReadOnlyList<UpstreamTry> Tries => _tries;

    /// <summary>Takes a connection that may be used, if there is one.</summary>
    public bool TryTakeSlot() => _cluster.Slots.TryTake() && NoteSlot();

    /// <summary>Waits in line for a connection that may be used.</summary>
    /// <exception cref="FlowException">The line is too long.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public async Task TakeSlotAsync(CancellationToken cancellationToken)
    {
        await _cluster.Slots.TakeAsync(cancellationToken);
        NoteSlot();
    }

    /// <summary>Chooses the endpoint of the next try. A slot was taken before.</summary>
    /// <exception cref="FlowException">None of the endpoints is well.</exception>
    public Endpoint Choose() => _endpoint = _cluster.Choose(_tried);

    /// <summary>Starts the time of the try, if it has a limit.</summary>
    public TryTimer? StartTimer(ExchangeDeadline deadline) => Timer = TryTimer.Start(deadline, _retries.PerTryTimeout, _cluster.Time);

    /// <summary>The endpoint answered well; the try goes on until the run is disposed.</summary>
    public void Succeeded() => Answered(null);

    /// <summary>The endpoint answered with this status code.</summary>
    public void Answered(int? statusCode)
    {
        _tries.Add(new UpstreamTry(_endpoint!.Name, statusCode >= 500 ? statusCode.Value.ToString() : null));
        if (statusCode >= 500) _cluster.Failed(_endpoint, statusCode.Value.ToString());
        else _cluster.Succeeded(_endpoint);
    }

    /// <summary>The try failed by the endpoint's fault.</summary>
    /// <param name="reason">The type of the error.</param>
    public void Failed(string reason)
    {
        _tries.Add(new UpstreamTry(_endpoint!.Name, reason));
        _cluster.Failed(_endpoint, reason);
    }

    /// <summary>Whether the policy allows another try after such a failure; if so, the try that failed is over and the next is begun by <see cref="BackOffAsync"/>.</summary>
    public bool MayRetry(TryFailure failure) => _conditions.Contains(failure) && TryRetry();

    /// <summary>The same after a status code.</summary>
    public bool MayRetry(int statusCode) => _conditions.Contains(statusCode) && TryRetry();

    /// <summary>Waits before the next try: a random part of a time that doubles.</summary>
    public Task BackOffAsync(CancellationToken cancellationToken)
    {
        var most = Math.Min(LongestBackoff, Math.Pow(2, _tries.Count - 1));
        var time = _retries.Backoff * most * Random.Shared.NextDouble();
        return time <= TimeSpan.Zero ? Task.CompletedTask : Task.Delay(time, _cluster.Time, cancellationToken);
    }

    /// <summary>Gives the connection's slot back early: what is on it shares it with others (HTTP/2).</summary>
    public void ReleaseSlot()
    {
        if (Interlocked.Exchange(ref _slot, 0) == 1) _cluster.Slots.Return();
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        EndTry();
        _cluster.Leave();
    }

    /// <summary>The tries for a record: "10.0.0.1:80 connection_refused, 10.0.0.2:80"; null when the first did it.</summary>
    public string? Describe()
    {
        if (_tries.Count < 2) return null;
        var text = new StringBuilder();
        foreach (var attempt in _tries)
        {
            if (text.Length > 0) text.Append(", ");
            text.Append(attempt.Endpoint);
            if (attempt.Failure is not null) text.Append(' ').Append(attempt.Failure);
        }

        return text.ToString();
    }

    private bool NoteSlot()
    {
        Volatile.Write(ref _slot, 1);
        return true;
    }

    private bool TryRetry()
    {
        if (_tries.Count > _retries.Attempts) return false;
        EndTry();
        _isRetry = _cluster.TryBeginRetry();
        return _isRetry;
    }

    private void EndTry()
    {
        ReleaseSlot();
        if (_endpoint is not null)
        {
            _tried.Add(_endpoint);
            _cluster.Release(_endpoint);
            _endpoint = null;
        }

        if (_isRetry) _cluster.EndRetry();
        _isRetry = false;
    }
}
