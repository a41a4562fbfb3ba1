namespace ScriptProxy.Cli.Clients;

/// <summary>The variables by which programs use the proxy and trust it, each read by some and ignored by the others.</summary>
internal static class ClientVariables
{
    /// <summary>Read by nearly all; curl and others read http_proxy in lower case only, so that a CGI request cannot set it.</summary>
    private static readonly string[] Proxy =
    [
        "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "CGI_HTTP_PROXY",

        // These would override the ones above when a program's own configuration sets them.
        "npm_config_proxy", "npm_config_https_proxy", "YARN_HTTP_PROXY", "YARN_HTTPS_PROXY",
    ];

    private static readonly string[] Exempt = ["NO_PROXY", "no_proxy", "npm_config_noproxy"];

    /// <summary>Our root joins what Node.js and Deno trust.</summary>
    private static readonly string[] Adding = ["NODE_EXTRA_CA_CERTS", "DENO_CERT"];

    /// <summary>What these name takes the place of what a program trusts: the system's roots have to be in it.</summary>
    private static readonly string[] Replacing =
    [
        "SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "npm_config_cafile", "YARN_HTTPS_CA_FILE_PATH", "GIT_SSL_CAINFO", "GIT_PROXY_SSL_CAINFO",
        "CARGO_HTTP_CAINFO", "AWS_CA_BUNDLE", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "PERL_LWP_SSL_CA_FILE", "HTTPS_CA_FILE", "BUNDLE_SSL_CA_CERT", "HEX_CACERTS_PATH",
        "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", "NIX_SSL_CERT_FILE", "CONDA_SSL_VERIFY", "COMPOSER_CAFILE",
    ];

    /// <summary>All of them, in a fixed order.</summary>
    /// <param name="proxy">The proxy's URL.</param>
    /// <param name="direct">Who is reached without it.</param>
    /// <param name="paths">What to trust; null when nothing is intercepted.</param>
    /// <param name="present">The value that a variable has so far, to be added to where that is how it works; null when not set.</param>
    public static IReadOnlyList<ClientVariable> Of(Uri proxy, DirectHosts direct, ClientPaths? paths, Func<string, string?> present)
    {
        var variables = new List<ClientVariable>();
        foreach (var name in Proxy) variables.Add(new(name, Text(proxy)));
        foreach (var name in Exempt) variables.Add(new(name, direct.Variable));
        variables.Add(new("NODE_USE_ENV_PROXY", "1"));
        variables.Add(new("PERL_LWP_ENV_PROXY", "1"));
        if (paths is not null)
        {
            foreach (var name in Adding) variables.Add(new(name, present(name) is { Length: > 0 } ? paths.Bundle : paths.Certificate));
            foreach (var name in Replacing) variables.Add(new(name, paths.Bundle));
            if (paths.WgetRc is { } wgetRc) variables.Add(new("WGETRC", wgetRc));
        }

        variables.Add(new("JAVA_TOOL_OPTIONS", Appended(present("JAVA_TOOL_OPTIONS"), JavaOptions.Line(JavaOptions.Of(proxy, direct, paths)))));
        if (paths?.NodePreload is { } preload) variables.Add(new("NODE_OPTIONS", Appended(present("NODE_OPTIONS"), NodeOption(preload))));
        if (paths?.PhpIniFolder is { } folder) variables.Add(new("PHP_INI_SCAN_DIR", $"{present("PHP_INI_SCAN_DIR")}{Path.PathSeparator}{folder}"));
        return variables;
    }

    /// <summary>A proxy's URL without the slash that some programs take for a path.</summary>
    public static string Text(Uri proxy) => proxy.GetComponents(UriComponents.SchemeAndServer | UriComponents.UserInfo | UriComponents.StrongPort, UriFormat.UriEscaped);

    private static string Appended(string? present, string value)
    {
        if (string.IsNullOrWhiteSpace(present)) return value;
        return present.Contains(value, StringComparison.Ordinal) ? present : $"{present} {value}";
    }

    private static string NodeOption(string preload) => $"--require \"{preload.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
