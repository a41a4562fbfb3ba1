using System.Text.Json;

namespace ScriptProxy.Cli.Clients;

/// <summary>What XTM Composer reads, and hands on to the connectors it runs. The certificates of its own web server (app.https_cert) are another matter and stay as they are.</summary>
internal static class XtmVariables
{
    /// <summary>All of them.</summary>
    /// <param name="proxy">The proxy as the composer and its connectors reach it.</param>
    /// <param name="direct">Who is reached without it.</param>
    /// <param name="paths">What to trust; null when nothing is intercepted.</param>
    public static IReadOnlyList<ClientVariable> Of(Uri proxy, DirectHosts direct, ClientPaths? paths)
    {
        var url = ClientVariables.Text(proxy);
        var variables = new List<ClientVariable>
        {
            new("OPENCTI__DAEMON__WITH_PROXY", "true"),
            new("HTTP_PROXY", url),
            new("HTTPS_PROXY", url),
            new("NO_PROXY", direct.Variable),
        };
        if (paths is null) return variables;
        variables.Add(new("HTTPS_PROXY_CA", JsonSerializer.Serialize(new[] { paths.Certificate })));
        variables.Add(new("HTTPS_PROXY_REJECT_UNAUTHORIZED", "true"));
        return variables;
    }
}
