using ScriptProxy.Engine.Hosts;

namespace ScriptProxy.Engine.Tls;

/// <summary>Finds what is wrong with the options that say who is intercepted.</summary>
internal static class InterceptionOptions
{
    public static void Validate(ProxyOptions options, List<string> problems)
    {
        HostPatterns.Parse("--ignore", options.Ignore, problems);
        HostPatterns.Parse("--intercept", options.Intercept, problems);

        // Who writes --intercept HOST alone expects that nothing else is read.
        if (options.Intercept.Length > 0 && !options.Tunnel && !options.AutoTunnel)
            problems.Add($"--intercept {options.Intercept[0]}: everything is intercepted anyway. Add --tunnel to relay all other hosts unread, or leave --intercept out.");
        if (options.AutoTunnel && options.Tunnel && options.Intercept.Length == 0)
            problems.Add("--auto-tunnel: with --tunnel nothing is intercepted that a client could reject. Leave one of them out, or name hosts with --intercept.");
        if (options.AutoTunnelTime <= TimeSpan.Zero) problems.Add($"--auto-tunnel-time {options.AutoTunnelTime.TotalSeconds}: expected seconds, more than 0.");
    }
}
