using System.Net;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Upstream.Dialling;
using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine;

/// <summary>Finds what is wrong with options before anything is started.</summary>
internal static class ProxyOptionsValidator
{
    public static IReadOnlyList<string> Validate(ProxyOptions options)
    {
        var problems = new List<string>();
        if (options.ProxyAuth is not null && !ListenerOptionsValidator.IsPair(options.ProxyAuth)) problems.Add("--proxy-auth ***: expected USER:PASSWORD, both not empty.");
        if (options.ListenKey is not null && options.ListenCert is null) problems.Add($"--listen-key {options.ListenKey}: there is no certificate for it. Add --listen-cert.");
        ListenerSettings.Of(options, problems);
        if (options.Via is { } via && !HeaderSyntax.IsToken(via)) problems.Add($"--via \"{via}\": expected a name of letters, digits and !#$%&'*+-.^_`|~, such as proxy-1.");

        Tls.InterceptionOptions.Validate(options, problems);
        if (!HostName.TryParse(options.CertificateHost, out var certificateHost, out var problem) || !certificateHost.Text.Equals(options.CertificateHost, StringComparison.OrdinalIgnoreCase))
            problems.Add($"--certificate-host \"{options.CertificateHost}\": expected a host name such as scriptproxy.internal, or none{(problem.Length == 0 ? "." : $"; {problem}")}");

        Positive(problems, "--max-request-line-bytes", options.MaxRequestLineBytes, 256);
        Positive(problems, "--max-request-head-bytes", options.MaxRequestHeadBytes, 1024);
        Positive(problems, "--max-response-head-bytes", options.MaxResponseHeadBytes, 1024);
        Positive(problems, "--max-headers", options.MaxHeaders, 1);
        Positive(problems, "--body-limit", options.BodyLimit, 0);
        Positive(problems, "--max-connections", options.MaxConnections, 1);
        Positive(problems, "--max-connections-per-client", options.MaxConnectionsPerClient, 1);
        Positive(problems, "--max-idle-per-origin", options.MaxIdlePerOrigin, 0);
        Positive(problems, "--request-head-timeout", options.RequestHeadTimeout);
        Positive(problems, "--client-idle-timeout", options.ClientIdleTimeout);
        Positive(problems, "--connect-timeout", options.ConnectTimeout);
        Positive(problems, "--handshake-timeout", options.HandshakeTimeout);
        Positive(problems, "--response-timeout", options.ResponseTimeout);
        Positive(problems, "--body-idle-timeout", options.BodyIdleTimeout);
        Positive(problems, "--tunnel-idle-timeout", options.TunnelIdleTimeout);
        Positive(problems, "--upstream-idle-timeout", options.UpstreamIdleTimeout);
        Positive(problems, "--server-first-timeout", options.ServerFirstTimeout);
        Positive(problems, "--hook-timeout", options.HookTimeout);
        if (options.ShutdownTimeout < TimeSpan.Zero)
            problems.Add($"--shutdown-timeout {options.ShutdownTimeout.TotalSeconds}: expected seconds, 0 or more.");

        RoutePlan.Of(options, problems);
        HostMap.Of(options.MapHost, problems);
        if (options.Bind is { } source && (source.Contains('%', StringComparison.Ordinal) || !IPAddress.TryParse(source.Trim('[', ']'), out _)))
            problems.Add($"--bind \"{source}\": expected an IP address of this machine, without port and zone, such as 192.0.2.10 or 2001:db8::10.");
        foreach (var host in options.InsecureUpstream)
        {
            if (host.Contains('/', StringComparison.Ordinal) || host.Length == 0)
                problems.Add($"--insecure-upstream \"{host}\": expected a host name such as dev.example or *.dev.example, without scheme or path.");
        }

        for (var i = 0; i < options.Hosts.Length; i++) Hosts(problems, options.Hosts[i], i);
        if (options.RequestClientCertificate == ClientCertificateRequest.Require && options.ClientCa.Length == 0)
            problems.Add("--request-client-certificate require: nobody is known whose signature would do. Add --client-ca FILE, or ask and let an addon judge.");
        if (options.RequestClientCertificate == ClientCertificateRequest.Never && options.ClientCa.Length > 0)
            problems.Add($"--client-ca {options.ClientCa[0]}: no client is asked for a certificate. Add --request-client-certificate require (or ask).");
        return problems;
    }

    /// <summary>Reads "127.0.0.1:8080", "[::1]:8080", "localhost:8080" or ":8080" (loopback).</summary>
    public static bool TryParseEndPoint(string text, out IPEndPoint endPoint)
    {
        endPoint = new IPEndPoint(IPAddress.Loopback, 0);
        var colon = text.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(text.AsSpan(colon + 1), System.Globalization.NumberStyles.None, null, out var port)) return false;

        var host = text[..colon];
        if (host is "" or "localhost")
        {
            endPoint = new IPEndPoint(IPAddress.Loopback, port);
            return true;
        }

        if (host == "*")
        {
            endPoint = new IPEndPoint(IPAddress.Any, port);
            return true;
        }

        if (host.StartsWith('[') != host.EndsWith(']')) return false;
        if (!IPAddress.TryParse(host.Trim('[', ']'), out var address)) return false;
        if (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 && !host.StartsWith('[')) return false;
        endPoint = new IPEndPoint(address, port);
        return true;
    }

    private static void Hosts(List<string> problems, HostOptions host, int index)
    {
        var place = ((IPlacedOptions)host).Place ?? $"hosts[{index}]";
        problems.AddRange(host.Validate().Select(line => $"{place}: {line}"));
        problems.AddRange((host.Tls?.Validate() ?? []).Select(line => $"{place}.tls: {line}"));
        problems.AddRange((host.ClientTls?.Validate() ?? []).Select(line => $"{place}.client-tls: {line}"));
        problems.AddRange((host.ClientCertificate?.Validate() ?? []).Select(line => $"{place}.client-certificate: {line}"));
    }

    private static void Positive(List<string> problems, string option, long value, long least)
    {
        if (value < least) problems.Add($"{option} {value}: expected {least} or more.");
    }

    private static void Positive(List<string> problems, string option, TimeSpan value)
    {
        if (value <= TimeSpan.Zero) problems.Add($"{option} {value.TotalSeconds}: expected seconds, more than 0.");
    }
}
