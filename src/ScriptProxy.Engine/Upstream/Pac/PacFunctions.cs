using System.Net;
using System.Net.Sockets;
using Jurassic;

namespace ScriptProxy.Engine.Upstream.Pac;

/// <summary>The functions that PAC scripts are given, as Netscape defined them and browsers have them. Called on the script's own thread, which may block.</summary>
/// <param name="dates">For weekdayRange and its like.</param>
/// <param name="resolve">The addresses of a host; empty for none.</param>
/// <param name="alert">Gets what the script says.</param>
internal sealed class PacFunctions(PacDates dates, Func<string, IPAddress[]> resolve, Action<string> alert)
{
    private const int MostArguments = 7;

    // Those that take any number of arguments, or compare plain text, are JavaScript on top of what cannot be.
    private const string Prelude = """
        function isPlainHostName(host) { return String(host).indexOf('.') < 0; }
        function dnsDomainIs(host, domain) { host = String(host).toLowerCase(); domain = String(domain).toLowerCase(); return host.length >= domain.length && host.substring(host.length - domain.length) == domain; }
        function localHostOrDomainIs(host, full) { host = String(host).toLowerCase(); full = String(full).toLowerCase(); return host == full || (host.indexOf('.') < 0 && full.lastIndexOf(host + '.', 0) == 0); }
        function dnsDomainLevels(host) { return String(host).split('.').length - 1; }
        function weekdayRange(a, b, c) { return __weekday(__text(arguments)); }
        function dateRange(a, b, c, d, e, f, g) { return __date(__text(arguments)); }
        function timeRange(a, b, c, d, e, f, g) { return __time(__text(arguments)); }
        function __text(list) { var out = []; for (var i = 0; i < list.length && i < 8; i++) out.push(String(list[i])); return out.join(' '); }
        """;

    public void AddTo(ScriptEngine engine)
    {
        engine.SetGlobalFunction("shExpMatch", new Func<string, string, bool>(static (text, pattern) => ShellPattern.Matches(pattern, text)));
        engine.SetGlobalFunction("isResolvable", new Func<string, bool>(host => First(host) is not null));
        engine.SetGlobalFunction("dnsResolve", new Func<string, object>(host => First(host) is { } address ? address.ToString() : Null.Value));
        engine.SetGlobalFunction("isInNet", new Func<string, string, string, bool>(IsInNet));
        engine.SetGlobalFunction("myIpAddress", new Func<string>(MyAddress));
        engine.SetGlobalFunction("alert", new Action<string>(alert));
        engine.SetGlobalFunction("__weekday", new Func<string, bool>(text => dates.IsWeekday(Arguments(text))));
        engine.SetGlobalFunction("__date", new Func<string, bool>(text => dates.IsDate(Arguments(text))));
        engine.SetGlobalFunction("__time", new Func<string, bool>(text => dates.IsTime(Arguments(text))));
        engine.Execute(Prelude);
    }

    private static List<string> Arguments(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(MostArguments)];

    private static string MyAddress()
    {
        try
        {
            // Nothing is sent: the system says from which address it would be.
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 9));
            return ((IPEndPoint)socket.LocalEndPoint!).Address.ToString();
        }
        catch (SocketException)
        {
            // Without a network there is this machine alone, as browsers say too.
            return "127.0.0.1";
        }
    }

    private IPAddress? First(string host) => resolve(host) is [var first, ..] all ? all.FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork) ?? first : null;

    private bool IsInNet(string host, string network, string mask)
    {
        if (!IPAddress.TryParse(network, out var wanted) || !IPAddress.TryParse(mask, out var bits) || First(host) is not { } address) return false;
        byte[] have = address.GetAddressBytes(), want = wanted.GetAddressBytes(), count = bits.GetAddressBytes();
        if (have.Length != want.Length || have.Length != count.Length) return false;
        for (var i = 0; i < have.Length; i++)
        {
            if ((have[i] & count[i]) != (want[i] & count[i])) return false;
        }

        return true;
    }
}
