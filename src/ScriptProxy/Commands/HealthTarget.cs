using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Cli.Commands;

/// <summary>What a health check asks, and where.</summary>
/// <param name="EndPoint">An address, or a Unix-domain socket.</param>
/// <param name="Host">What Host says.</param>
/// <param name="Path">What is asked for; null where nobody answers for the proxy itself, so that accepting has to do.</param>
internal sealed record HealthTarget(EndPoint EndPoint, string Host, string? Path)
{
    /// <summary>The admin address where there is one; else the listener named on the command line; else the first that speaks as a forward proxy; else the first.</summary>
    /// <param name="configuration">All that was set.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="problem">What is wrong; null when nothing is.</param>
    /// <param name="target">What to ask.</param>
    public static bool TryFind(Configuration configuration, ParseResult parsed, [NotNullWhen(true)] out HealthTarget? target, [NotNullWhen(false)] out string? problem)
    {
        if (configuration.Run.Admin is { } admin) return TryRead("--admin", admin, "/readyz", out target, out problem);

        var isNamed = parsed.CommandResult.Children.OfType<OptionResult>().Any(given => given is { Option.Name: "--listen", Implicit: false });
        if (isNamed || configuration.Proxy.Mode.Length + configuration.Proxy.Listeners.Length == 0) return TryRead("--listen", configuration.Proxy.Listen, "/", out target, out problem);

        target = null;
        var problems = new List<string>();
        var listeners = ListenerSettings.Of(configuration.Proxy, problems);
        problem = listeners.Count == 0 ? problems.FirstOrDefault("There is no listener.") : null;
        if (problem is not null) return false;
        var asked = listeners.FirstOrDefault(listener => listener.Mode.Name == ModeSpec.Regular) ?? listeners[0];
        return TryRead(asked.Place, asked.Address, asked.Mode.Name == ModeSpec.Regular ? "/" : null, out target, out problem);
    }

    public override string ToString() => EndPoint is UnixDomainSocketEndPoint ? $"{UnixAddress.Prefix}{EndPoint}" : EndPoint.ToString()!;

    private static bool TryRead(string option, string text, string? path, [NotNullWhen(true)] out HealthTarget? target, [NotNullWhen(false)] out string? problem)
    {
        _ = ListenAddress.TryParse(text, out var address, out _);
        return TryRead($"{option} \"{Engine.Recording.Printable.Escape(text)}\"", address, path, out target, out problem);
    }

    private static bool TryRead(string place, ListenAddress? address, string? path, [NotNullWhen(true)] out HealthTarget? target, [NotNullWhen(false)] out string? problem)
    {
        target = address switch
        {
            TcpAddress { EndPoint: { Port: > 0 } endPoint } => Of(endPoint, path),
            UnixAddress unix => new HealthTarget(new UnixDomainSocketEndPoint(unix.Path), "localhost", path),
            _ => null,
        };
        problem = target is not null ? null : $"{place}: expected the address the proxy listens on, such as 127.0.0.1:8080 or unix:/run/scriptproxy.sock.";
        return target is not null;
    }

    /// <summary>Who listens everywhere is asked on this machine.</summary>
    private static HealthTarget Of(IPEndPoint endPoint, string? path)
    {
        if (endPoint.Address.Equals(IPAddress.Any)) endPoint = new IPEndPoint(IPAddress.Loopback, endPoint.Port);
        if (endPoint.Address.Equals(IPAddress.IPv6Any)) endPoint = new IPEndPoint(IPAddress.IPv6Loopback, endPoint.Port);
        return new HealthTarget(endPoint, endPoint.ToString(), path);
    }
}
