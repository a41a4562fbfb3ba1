using ScriptProxy.Engine;

namespace ScriptProxy.Cli;

/// <summary>What a user can set beside the engine's own options: scripts, and what is shown.</summary>
internal sealed record RunOptions
{
    /// <summary>Scripts in the order their hooks run.</summary>
    [Option("Script (.csx or .cs) or plugin (.dll) to load; its hooks run in the order given. Repeatable.", ValueName = "FILE", Letter = "s", Group = "Addons")]
    public string[] Script { get; init; } = [];

    /// <summary>The addons folder; null for ./addons where there is one.</summary>
    [Option("Folder whose scripts and plugins are loaded too, after those of --script, by name. Left out: ./addons, if there is one.", ValueName = "DIR", Group = "Addons")]
    public string? Addons { get; init; }

    /// <summary>Whether the addons that ship are left out.</summary>
    [Option("Leave out the addons that ship with the proxy, even where their options are set.", Group = "Addons")]
    public bool NoDefaultAddons { get; init; }

    /// <summary>Addons that ship and are left out.</summary>
    [Option("Leave out one of the addons that ship with the proxy, such as mask. Repeatable.", ValueName = "NAME", Group = "Addons")]
    public string[] NoAddon { get; init; } = [];

    /// <summary>Options of addons.</summary>
    [Option("Set an option of an addon; for a list, repeat it. ADDON.OPTION alone turns a switch on. Repeatable.", ValueName = "ADDON.OPTION=VALUE", Group = "Addons")]
    public string[] Set { get; init; } = [];

    /// <summary>Where options are read from; null for the file in the working directory.</summary>
    [Option("File with options of the proxy and of addons (YAML). Left out: ./scriptproxy.yaml, if there is one.", ValueName = "FILE", Letter = "c", Group = "Addons")]
    public string? Config { get; init; }

    /// <summary>Whether saved changes are left alone.</summary>
    [Option("Do not reload scripts, plugins and options when their files are saved or rebuilt.", Group = "Addons")]
    public bool NoWatch { get; init; }

    /// <summary>Where compiled scripts are kept; null for the user's cache folder.</summary>
    [Option("Folder that keeps compiled scripts for the next start. Left out: $XDG_CACHE_HOME/scriptproxy, or ~/.cache/scriptproxy.", ValueName = "DIR", Group = "Addons")]
    public string? CacheDir { get; init; }

    /// <summary>Whether compiled scripts are neither kept nor looked for.</summary>
    [Option("Keep no compiled scripts, whatever --cache-dir says: compile at every start.", Group = "Addons")]
    public bool NoCache { get; init; }

    /// <summary>Whether scripts are compiled for a debugger.</summary>
    [Option("Compile scripts without optimisation, so that a debugger can step through them.", Group = "Addons")]
    public bool Debug { get; init; }

    /// <summary>Whether to wait for a debugger before any script is loaded.</summary>
    [Option("Print the process number and wait until a debugger is attached, before any script is loaded. Implies --debug.", Group = "Addons")]
    public bool WaitForDebugger { get; init; }

    /// <summary>Where orchestrators and Prometheus ask; null for nowhere.</summary>
    [Option("Address and port for /healthz, /readyz and /metrics. Left out: none.", ValueName = "HOST:PORT", Group = "Admin")]
    public string? Admin { get; init; }

    /// <summary>Whether others than this machine may ask.</summary>
    [Option("Allow --admin beyond loopback: anyone who can reach the address can read the metrics.", Group = "Admin")]
    public bool AllowRemoteAdmin { get; init; }

    /// <summary>Names by which it may be asked.</summary>
    [Option("Name by which --admin may be asked, beside localhost and addresses. Repeatable.", ValueName = "HOST", Group = "Admin")]
    public string[] AdminHost { get; init; } = [];

    /// <summary>Hosts that clients reach without the proxy.</summary>
    [Option("Host that COMMAND and the output of env reach without the proxy, besides those of NO_PROXY; .example.com for a domain, 10.0.0.0/8 for a network. Repeatable.", ValueName = "HOST", Group = "Clients")]
    public string[] Exempt { get; init; } = [];

    /// <summary>Whether requests to this machine go through the proxy too.</summary>
    [Option("Do not exempt localhost, 127.0.0.1 and ::1: COMMAND's requests to this machine go through the proxy too, where its programs allow that.", Group = "Clients")]
    public bool ProxyLoopback { get; init; }

    /// <summary>Which flows are printed; null for all.</summary>
    [Option("Print only flows that match a filter expression, such as '~d github.com & ~c 401'; tunnels are then not printed.", Group = "Output")]
    public FlowFilter? Filter { get; init; }

    /// <summary>Which flows are printed, as C#; null for all.</summary>
    [Option("Print only flows for which an expression of C# is true, such as 'flow.Response.StatusCode >= 500'.", ValueName = "EXPRESSION", Group = "Output")]
    public string? Where { get; init; }

    /// <summary>Whether flows are not printed.</summary>
    [Option("Do not print a line for each flow.", Letter = "q", Group = "Output")]
    public bool Quiet { get; init; }

    /// <summary>Whether header fields are printed.</summary>
    [Option("Print the header fields of each flow, secrets masked.", Letter = "v", Group = "Output")]
    public bool Verbose { get; init; }

    /// <summary>Where log and flows are also written; null for nowhere.</summary>
    [Option("Write log and flows to a file too, as JSON lines. The date is added to its name; 100 MB at most each, the last seven are kept.", ValueName = "FILE", Group = "Output")]
    public string? LogFile { get; init; }

    /// <summary>The least severe messages logged.</summary>
    [Option("Least severe messages to log.", Group = "Output")]
    public LogThreshold LogLevel { get; init; } = LogThreshold.Info;

    /// <summary>Checks what no single value shows.</summary>
    /// <returns>One line per problem; empty when all is well.</returns>
    public IEnumerable<string> Validate()
    {
        if (Quiet && Verbose) yield return "--quiet and --verbose: expected one of them, got both.";
        if (Addons is not null && !Directory.Exists(Addons))
            yield return $"--addons \"{Engine.Recording.Printable.Escape(Addons)}\": there is no such folder.";
        if (Admin is not null && !ProxyOptionsValidator.TryParseEndPoint(Admin, out var admin))
            yield return $"--admin \"{Engine.Recording.Printable.Escape(Admin)}\": expected HOST:PORT with an IP address or localhost, such as 127.0.0.1:8082.";
        else if (Admin is not null && ProxyOptionsValidator.TryParseEndPoint(Admin, out admin) && !System.Net.IPAddress.IsLoopback(admin.Address) && !AllowRemoteAdmin)
            yield return $"--admin {Admin}: this address is reachable from other machines. Add --allow-remote-admin if that is wanted, or choose 127.0.0.1.";
        foreach (var host in Exempt.SelectMany(entry => entry.Split(',', StringSplitOptions.TrimEntries)).Where(host => !Clients.DirectHosts.IsValid(host)))
            yield return $"--exempt \"{Engine.Recording.Printable.Escape(host)}\": expected a host, .domain, address, or network such as 10.0.0.0/8.";
        foreach (var script in Script)
        {
            if (Directory.Exists(script)) yield return $"--script \"{Engine.Recording.Printable.Escape(script)}\": expected a file, got a folder. To load all scripts of a folder: --addons {script}";
        }
    }
}
