namespace ScriptProxy.EndToEnd.Tests.Support;

/// <summary>
/// Three network namespaces in a row: a client, a router with the proxy on it, and a server, each with IPv4 and IPv6. What leads
/// connections to the proxy is up to the tests. Needs root.
/// </summary>
internal sealed class TransparentNetwork : IAsyncDisposable
{
    /// <summary>The server.</summary>
    public const string ServerIpv4 = "10.9.2.2";

    /// <summary>The server.</summary>
    public const string ServerIpv6 = "fd09:2::2";

    /// <summary>The router, as the client sees it.</summary>
    public const string RouterIpv4 = "10.9.1.1";

    private readonly string _folder;

    private TransparentNetwork(string folder)
    {
        _folder = folder;
        var unique = $"sp{Environment.ProcessId}";
        (Client, Router, Server) = (unique + "c", unique + "r", unique + "s");
    }

    /// <summary>The name of the client's namespace.</summary>
    public string Client { get; }

    /// <summary>The name of the router's namespace.</summary>
    public string Router { get; }

    /// <summary>The name of the server's namespace.</summary>
    public string Server { get; }

    /// <summary>Sets it up.</summary>
    /// <param name="folder">Where programs run.</param>
    public static async Task<TransparentNetwork> CreateAsync(string folder)
    {
        var network = new TransparentNetwork(folder);
        try
        {
            await network.SetUpAsync();
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a program in one of the namespaces.</summary>
    public Task<ProgramRun> RunAsync(string name, params string[] arguments) => Ip(["netns", "exec", name, .. arguments]);

    /// <summary>Replaces the rules of the router.</summary>
    /// <param name="rules">In the language of nft; empty for none.</param>
    public async Task SetRulesAsync(string rules)
    {
        _ = new ClientProgram("nft", "nftables", _folder).Find();
        var path = Path.Combine(_folder, "rules.nft");
        await File.WriteAllTextAsync(path, "flush ruleset\n" + rules);
        (await RunAsync(Router, "nft", "--file", path)).Succeeded();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var name in new[] { Client, Router, Server }) await Ip("netns", "delete", name);
    }

    private async Task SetUpAsync()
    {
        foreach (var name in new[] { Client, Router, Server })
        {
            var added = await Ip("netns", "add", name);
            Assert.True(added.ExitCode == 0, $"A network namespace could not be made. Run this test as root, with CAP_SYS_ADMIN and CAP_NET_ADMIN. {added.Errors}");
            await IpAsync($"-n {name} link set lo up");
        }

        await ConnectAsync(Client, 1, "c0");
        await ConnectAsync(Server, 2, "s0");
        (await RunAsync(Router, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding")).Succeeded();

        // Where TPROXY's packets are found to be for this machine.
        await IpAsync($"-n {Router} rule add fwmark 1 lookup 100");
        await IpAsync($"-n {Router} route add local default dev lo table 100");
        await IpAsync($"-n {Router} -6 rule add fwmark 1 lookup 100");
        await IpAsync($"-n {Router} -6 route add local default dev lo table 100");
    }

    private async Task ConnectAsync(string end, int number, string routerDevice)
    {
        await IpAsync($"-n {Router} link add {routerDevice} type veth peer name r0 netns {end}");
        await IpAsync($"-n {Router} address add 10.9.{number}.1/24 dev {routerDevice}");
        await IpAsync($"-n {Router} address add fd09:{number}::1/64 dev {routerDevice} nodad");
        await IpAsync($"-n {end} address add 10.9.{number}.2/24 dev r0");
        await IpAsync($"-n {end} address add fd09:{number}::2/64 dev r0 nodad");
        await IpAsync($"-n {Router} link set {routerDevice} up");
        await IpAsync($"-n {end} link set r0 up");
        await IpAsync($"-n {end} route add default via 10.9.{number}.1");
        await IpAsync($"-n {end} -6 route add default via fd09:{number}::1");
    }

    private async Task IpAsync(string arguments) => (await Ip(arguments.Split(' '))).Succeeded();

    private Task<ProgramRun> Ip(params string[] arguments) => new ClientProgram("ip", "iproute2", _folder).RunAsync(arguments);
}
