using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Flows;

namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>
/// A group of endpoints that do the same: which of them takes the next request, which are not asked because they are ill, and how much is under
/// way. Knows nothing of connections. Thread-safe; one short lock.
/// </summary>
internal sealed partial class Cluster
{
    private readonly Lock _lock = new();
    private readonly ClusterPlan _plan;
    private readonly ILogger _logger;
    private readonly Balancer _balancer;
    private readonly OutlierDetector? _outliers;
    private readonly RetryBudget _retries;
    private readonly Endpoint[] _endpoints;
    private readonly List<Endpoint> _candidates = [];
    private int _requests;
    private bool _isPanicking;

    public Cluster(ClusterPlan plan, TimeProvider time, ILogger logger, Random? random = null)
    {
        _plan = plan;
        _logger = logger;
        Time = time;
        _endpoints = [.. plan.Endpoints.Select(endpoint => new Endpoint(endpoint.Host, endpoint.Port, endpoint.Weight))];
        _balancer = Balancer.Of(plan.Balance, random ?? Random.Shared);
        _outliers = plan.Outliers is null ? null : new OutlierDetector(plan.Outliers, time);
        _retries = new RetryBudget(plan.Retries.BudgetPercent, plan.Retries.BudgetMin, plan.Limits.MaxRetries);
        RetryConditions = RetryConditions.Parse(plan.Retries.On, []);
        Slots = new ConnectionSlots(plan.Name, plan.Limits.MaxConnections, plan.Limits.MaxPending);
    }

    public string Name => _plan.Name;

    public ClusterPlan Plan => _plan;

    public TimeProvider Time { get; }

    public IReadOnlyList<Endpoint> Endpoints => _endpoints;

    /// <summary>What is tried again.</summary>
    public RetryConditions RetryConditions { get; }

    /// <summary>The connections in use.</summary>
    public ConnectionSlots Slots { get; }

    /// <summary>How many requests and tunnels are under way.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Begins a request or tunnel.</summary>
    /// <exception cref="FlowException">There are too many already.</exception>
    public void Enter()
    {
        lock (_lock)
        {
            if (_requests < _plan.Limits.MaxRequests)
            {
                _requests++;
                return;
            }
        }

        throw new FlowException(ClusterErrors.Overflow(Name, $"{_plan.Limits.MaxRequests} requests are under way (limits.max-requests)"));
    }

    /// <summary>Ends it.</summary>
    public void Leave()
    {
        lock (_lock) _requests--;
    }

    /// <summary>Chooses the endpoint for a try, which counts as under way on it until <see cref="Release"/>.</summary>
    /// <param name="tried">Endpoints that this request was tried on: not chosen while there are others.</param>
    /// <exception cref="FlowException">None is well, and asking those that are not was switched off.</exception>
    public Endpoint Choose(IReadOnlyCollection<Endpoint> tried)
    {
        lock (_lock)
        {
            TakeBack();
            if (!TryGather(tried)) throw new FlowException(ClusterErrors.NoneWell(Name, _endpoints.Length));
            var chosen = _balancer.Choose(_candidates);
            chosen.Active++;
            return chosen;
        }
    }

    /// <summary>Ends a try.</summary>
    public void Release(Endpoint endpoint)
    {
        lock (_lock) endpoint.Active--;
    }

    /// <summary>Notes that an endpoint answered well.</summary>
    public void Succeeded(Endpoint endpoint)
    {
        // Almost always nothing changes: a read without the lock is enough to see that.
        if (_outliers is null || endpoint.Failures == 0) return;
        lock (_lock) OutlierDetector.Succeeded(endpoint);
    }

    /// <summary>Notes that an endpoint failed.</summary>
    /// <param name="endpoint">Whose fault it is.</param>
    /// <param name="reason">What happened last, in a word for the log: "connection_refused", "503".</param>
    public void Failed(Endpoint endpoint, string reason)
    {
        if (_outliers is null) return;
        TimeSpan? duration;
        lock (_lock) duration = _outliers.Failed(endpoint, _endpoints);
        if (duration is { } time) Log.Ejected(_logger, Name, endpoint.Name, time.TotalSeconds, _plan.Outliers!.ConsecutiveFailures, reason);
    }

    /// <summary>Asks for a retry; what is given is given back by <see cref="EndRetry"/>.</summary>
    public bool TryBeginRetry()
    {
        lock (_lock) return _retries.TryTake(_requests);
    }

    public void EndRetry()
    {
        lock (_lock) _retries.Return();
    }

    /// <summary>Notes the outcome of an active check.</summary>
    /// <param name="endpoint">Which was checked.</param>
    /// <param name="problem">Why it is not well, in a few words; null when it is.</param>
    public void Checked(Endpoint endpoint, string? problem)
    {
        if (NoteCheck(endpoint, problem is null) is not (> 0 and var checks)) return;
        if (problem is null) Log.Well(_logger, Name, endpoint.Name, checks);
        else Log.Ill(_logger, Name, endpoint.Name, checks, problem);
    }

    /// <summary>Takes endpoints back whose time is over. Called now and then, so that the log says so in time; asking for an endpoint does it too.</summary>
    public void Tick()
    {
        if (_outliers is null) return;
        lock (_lock) TakeBack();
    }

    /// <returns>How many checks in a row changed its health; 0 when it is what it was.</returns>
    private int NoteCheck(Endpoint endpoint, bool isWell)
    {
        lock (_lock)
        {
            var needed = !endpoint.WasChecked ? 1 : endpoint.IsWell ? _plan.Health!.Unhealthy : _plan.Health!.Healthy;
            endpoint.WasChecked = true;
            endpoint.ContraryChecks = endpoint.IsWell == isWell ? 0 : endpoint.ContraryChecks + 1;
            if (endpoint.ContraryChecks < needed) return 0;
            endpoint.IsWell = isWell;
            endpoint.ContraryChecks = 0;
            return needed;
        }
    }

    private void TakeBack()
    {
        if (_outliers is null) return;
        foreach (var endpoint in _endpoints)
        {
            if (_outliers.TryReturn(endpoint)) Log.Back(_logger, Name, endpoint.Name);
        }
    }

    /// <summary>Lists those to choose from: well and not tried, else well, else all, if so few are well that the checks themselves must be doubted.</summary>
    private bool TryGather(IReadOnlyCollection<Endpoint> tried)
    {
        var well = 0;
        foreach (var endpoint in _endpoints)
        {
            if (endpoint.IsAvailable) well++;
        }

        Panic(_plan.PanicPercent > 0 && (long)well * 100 < (long)_endpoints.Length * _plan.PanicPercent, well);
        return Gather(tried, _isPanicking) || Gather([], _isPanicking);
    }

    private bool Gather(IReadOnlyCollection<Endpoint> without, bool all)
    {
        _candidates.Clear();
        foreach (var endpoint in _endpoints)
        {
            if ((all || endpoint.IsAvailable) && !without.Contains(endpoint)) _candidates.Add(endpoint);
        }

        return _candidates.Count > 0;
    }

    private void Panic(bool isPanicking, int well)
    {
        if (isPanicking == _isPanicking) return;
        _isPanicking = isPanicking;
        if (isPanicking) Log.Panicking(_logger, Name, well, _endpoints.Length);
        else Log.Calm(_logger, Name, well, _endpoints.Length);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Upstream {Cluster}: {Endpoint} is ejected for {Seconds} s after {Failures} failures in a row, the last {Reason}")]
        public static partial void Ejected(ILogger logger, string cluster, string endpoint, double seconds, int failures, string reason);

        [LoggerMessage(2, LogLevel.Information, "Upstream {Cluster}: {Endpoint} is back after its ejection")]
        public static partial void Back(ILogger logger, string cluster, string endpoint);

        [LoggerMessage(3, LogLevel.Warning, "Upstream {Cluster}: {Endpoint} is unhealthy after {Checks} checks that failed: {Problem}")]
        public static partial void Ill(ILogger logger, string cluster, string endpoint, int checks, string problem);

        [LoggerMessage(4, LogLevel.Information, "Upstream {Cluster}: {Endpoint} is healthy after {Checks} good checks")]
        public static partial void Well(ILogger logger, string cluster, string endpoint, int checks);

        [LoggerMessage(5, LogLevel.Warning, "Upstream {Cluster}: only {Well} of {All} endpoints are available; requests go to all of them")]
        public static partial void Panicking(ILogger logger, string cluster, int well, int all);

        [LoggerMessage(6, LogLevel.Information, "Upstream {Cluster}: {Well} of {All} endpoints are available again; requests go to those alone")]
        public static partial void Calm(ILogger logger, string cluster, int well, int all);
    }
}
