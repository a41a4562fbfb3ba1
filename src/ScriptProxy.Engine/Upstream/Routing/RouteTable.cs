using ScriptProxy.Engine.Upstream.Dialling;

namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>Chooses the route to a destination. Thread-safe.</summary>
internal sealed class RouteTable
{
    private readonly Route _direct;

    public RouteTable(SocketDialler dialler)
    {
        _direct = new Route(new DirectHop(dialler), null);
    }

    /// <summary>The route to a destination. Where no routes are configured this neither allocates nor waits.</summary>
    /// <param name="host">A DNS name in lower case, or an IP address without brackets.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="isTls">Whether what passes is TLS, or unknown.</param>
    /// <exception cref="Flows.FlowException">What was configured cannot be followed.</exception>
    public ValueTask<Route> ChooseAsync(string host, int port, bool isTls) => new(_direct);
}
