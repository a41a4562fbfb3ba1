using System.Globalization;

namespace ScriptProxy.Cli.Clients;

/// <summary>The system properties by which every JVM uses the proxy and trusts it.</summary>
internal static class JavaOptions
{
    /// <summary>The options, one each, unquoted.</summary>
    /// <param name="proxy">The proxy's URL; Java knows no proxies that are reached by TLS, and takes no credentials here.</param>
    /// <param name="direct">Who is reached without it.</param>
    /// <param name="paths">What to trust; null when nothing is intercepted.</param>
    public static IReadOnlyList<string> Of(Uri proxy, DirectHosts direct, ClientPaths? paths)
    {
        var (host, port) = (proxy.IdnHost, proxy.Port.ToString(CultureInfo.InvariantCulture));
        var options = new List<string>
        {
            $"-Dhttp.proxyHost={host}",
            $"-Dhttp.proxyPort={port}",
            $"-Dhttps.proxyHost={host}",
            $"-Dhttps.proxyPort={port}",
            $"-Dhttp.nonProxyHosts={direct.JavaProperty}",
        };
        if (paths is null) return options;
        options.Add($"-Djavax.net.ssl.trustStore={paths.Truststore}");
        options.Add("-Djavax.net.ssl.trustStoreType=PKCS12");
        options.Add($"-Djavax.net.ssl.trustStorePassword={paths.TruststorePassword}");
        return options;
    }

    /// <summary>The options in one line, as JAVA_TOOL_OPTIONS is read: words at spaces, unless quoted.</summary>
    public static string Line(IEnumerable<string> options) => string.Join(' ', options.Select(Quote));

    private static string Quote(string option)
    {
        if (!option.Any(character => char.IsWhiteSpace(character) || character is '"' or '\'')) return option;

        // There is no escape inside quotes, but a word may be quoted in parts.
        return $"\"{option.Replace("\"", "\"'\"'\"", StringComparison.Ordinal)}\"";
    }
}
