namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>Checks the endpoints of a cluster, each on its own, from start to disposal.</summary>
/// <param name="cluster">Is told of every outcome.</param>
/// <param name="checkAsync">Makes one check: says in a few words why an endpoint is not well, or null. Does not throw but for being cancelled.</param>
internal sealed class HealthMonitor(Cluster cluster, Func<Endpoint, CancellationToken, Task<string?>> checkAsync) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Begins with a check of all at once.</summary>
    public void Start() => _running = Task.WhenAll(cluster.Endpoints.Select(RunAsync));

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private async Task RunAsync(Endpoint endpoint)
    {
        var health = cluster.Plan.Health!;
        try
        {
            while (true)
            {
                cluster.Checked(endpoint, await CheckAsync(endpoint, health.Timeout));

                // Not all at once, on all machines that share the endpoints.
                var jitter = 0.9 + Random.Shared.NextDouble() / 5;
                await Task.Delay(health.Interval * jitter, cluster.Time, _stopping.Token);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The proxy stops.
        }
    }

    private async Task<string?> CheckAsync(Endpoint endpoint, TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit, cluster.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stopping.Token);
        try
        {
            return await checkAsync(endpoint, both.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !_stopping.IsCancellationRequested)
        {
            return $"no answer within {limit.TotalSeconds} s";
        }
    }
}
