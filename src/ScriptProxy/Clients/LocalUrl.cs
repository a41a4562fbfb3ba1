using System.Net;

namespace ScriptProxy.Cli.Clients;

/// <summary>The URL by which programs on this machine reach a listener.</summary>
internal static class LocalUrl
{
    /// <summary>Any address of this machine is reached by loopback.</summary>
    /// <param name="endPoint">The listener.</param>
    /// <param name="credentials">USER:PASSWORD that it asks for; null when it asks for none.</param>
    public static Uri Of(IPEndPoint endPoint, string? credentials)
    {
        var address = endPoint.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : endPoint.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : endPoint.Address;
        var user = credentials is null ? "" : $"{string.Join(':', credentials.Split(':', 2).Select(Uri.EscapeDataString))}@";
        return new Uri($"http://{user}{new IPEndPoint(address, endPoint.Port)}");
    }
}
