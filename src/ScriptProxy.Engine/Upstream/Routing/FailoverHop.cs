using System.Collections.Concurrent;
using ScriptProxy.Engine.Flows;

namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>Several upstreams of which the first that is there is taken. One that was not is asked last for a while. Thread-safe.</summary>
internal sealed class FailoverHop(IReadOnlyList<NextHop> hops, TimeProvider time) : NextHop
{
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<NextHop, long> _downSince = new();

    public override string Name => string.Join(", ", hops.Select(hop => hop.Name));

    public override bool TakesAbsoluteForm => hops.Any(hop => hop.TakesAbsoluteForm);

    public override async Task<OpenWay> ConnectAsync(HopTarget target, CancellationToken cancellationToken)
    {
        var inOrder = hops.OrderBy(hop => IsDown(hop) ? 1 : 0).ToList();
        for (var i = 0; ; i++)
        {
            try
            {
                var way = await inOrder[i].ConnectAsync(target, cancellationToken);
                _downSince.TryRemove(inOrder[i], out _);
                return way.Through(inOrder[i]);
            }
            catch (FlowException exception) when (exception.ProxyIsDown)
            {
                _downSince[inOrder[i]] = time.GetTimestamp();
                if (i + 1 == inOrder.Count) throw;
            }
        }
    }

    private bool IsDown(NextHop hop) => _downSince.TryGetValue(hop, out var since) && time.GetElapsedTime(since) < Rest;
}
