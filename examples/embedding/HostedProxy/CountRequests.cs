using ScriptProxy;

namespace HostedProxyExample;

/// <summary>An addon that uses services of the application.</summary>
internal sealed class CountRequests(RequestCount count) : Addon
{
    public override ValueTask OnResponseAsync(HttpFlow flow)
    {
        flow.Response!.Headers["X-Request-Count"] = $"{count.Add(flow.Request.Host)}";
        return default;
    }
}
