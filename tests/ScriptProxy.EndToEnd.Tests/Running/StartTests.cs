using System.Net;
using System.Net.Sockets;
using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Running;

public sealed class StartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task BrokenScript_ExitsWith2BeforeItTriesToListen()
    {
        // Were the port asked for before the script is found broken, the message would be that it is in use.
        using var occupied = new TcpListener(IPAddress.Loopback, 0);
        occupied.Start();
        _folder.Write("mask.csx", "void OnRequest(HttpFlow flow)\n{\n    flow.Request.Headers.Remov(\"Cookie\");\n}\n");
        await using var proxy = ProxyProcess.Start(_folder.FullName, "-s", "mask.csx", "--listen", occupied.LocalEndpoint.ToString()!);

        Assert.Equal(2, await proxy.ExitAsync());
        Assert.StartsWith("mask.csx(3,26): error CS1061: ", Assert.Single(proxy.Errors), StringComparison.Ordinal);
        Assert.Empty(proxy.Output);
    }

    [Fact]
    public async Task MisspeltHook_ExitsWith2AndSuggestsTheRightOne()
    {
        _folder.Write("mask.csx", "void OnReqest(HttpFlow flow)\n{\n}\n");
        await using var proxy = ProxyProcess.Start(_folder.FullName, "-s", "mask.csx");

        Assert.Equal(2, await proxy.ExitAsync());
        Assert.Contains("did you mean 'OnRequest'?", string.Join('\n', proxy.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PortInUse_ExitsWith2()
    {
        using var occupied = new TcpListener(IPAddress.Loopback, 0);
        occupied.Start();
        await using var proxy = ProxyProcess.Start(_folder.FullName, "--listen", occupied.LocalEndpoint.ToString()!);

        Assert.Equal(2, await proxy.ExitAsync());
        Assert.StartsWith($"--listen {occupied.LocalEndpoint}: the port is in use. ", Assert.Single(proxy.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddressBeyondLoopback_NeedsTheUsersConsent()
    {
        await using var proxy = ProxyProcess.Start(_folder.FullName, "--listen", "0.0.0.0:0");

        Assert.Equal(2, await proxy.ExitAsync());
        Assert.Contains("--allow-remote-clients", Assert.Single(proxy.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FirstStart_MakesARootCertificateWhoseKeyIsPrivate()
    {
        await using var proxy = await ProxyProcess.StartListeningAsync(_folder.FullName);

        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.True(File.Exists(proxy.RootCertificatePath));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_folder.PathOf("ca/ca-key.pem")));
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder.PathOf("ca")));
    }

    [Fact]
    public async Task SecondStart_KeepsTheRootCertificate()
    {
        await using (var first = await ProxyProcess.StartListeningAsync(_folder.FullName))
        {
            first.Signal("TERM");
            Assert.Equal(0, await first.ExitAsync());
        }

        var made = await File.ReadAllTextAsync(_folder.PathOf("ca/ca.pem"));
        await using var second = await ProxyProcess.StartListeningAsync(_folder.FullName);

        Assert.Equal(made, await File.ReadAllTextAsync(second.RootCertificatePath));
    }

    public void Dispose() => _folder.Dispose();
}
