using System.Net;
using ScriptProxy.Cli.Control;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Certificates;

namespace ScriptProxy.Cli.Clients;

/// <summary>Finds the proxy that is meant when none is named.</summary>
internal static class RunningProxy
{
    /// <summary>The address that was asked for; else that of the only proxy of this user that runs; else the default. Port 0 when there is none of these.</summary>
    /// <param name="configuration">What was asked for.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>Null when --listen is no address.</returns>
    /// <exception cref="RootCertificateException">The folder of the root certificate cannot be told.</exception>
    public static async Task<IPEndPoint?> FindAsync(Configuration configuration, CancellationToken cancellationToken)
    {
        if (!ProxyOptionsValidator.TryParseEndPoint(configuration.Proxy.Listen, out var endPoint)) return null;
        var isNamed = configuration.Sources.Find(configuration.ProxyDescriptors.Single(option => option.Flag == "--listen")) is not null && endPoint.Port != 0;
        var folder = Path.GetFullPath(RootCertificateFiles.ExpandHome(configuration.Proxy.CaDir));
        if (!isNamed && await ControlClient.FindAsync(folder, cancellationToken) is [var only]) endPoint.Port = only;
        if (endPoint.Address.Equals(IPAddress.Any)) endPoint.Address = IPAddress.Loopback;
        if (endPoint.Address.Equals(IPAddress.IPv6Any)) endPoint.Address = IPAddress.IPv6Loopback;
        return endPoint;
    }
}
