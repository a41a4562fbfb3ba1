using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Running;

/// <summary>The runtime ends a process that has no file descriptors left: the proxy keeps some back.</summary>
public sealed class DescriptorLimitTests : IDisposable
{
    private const int Limit = 256;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task MoreClientsThanDescriptors_WaitUntilOthersLeave()
    {
        await using var origin = await StartOriginAsync();
        await using var proxy = await StartLimitedAsync();
        var silent = new List<TcpClient>();
        for (var i = 0; i < Limit; i++) silent.Add(await ConnectAsync(proxy));
        await proxy.UntilLoggedAsync("client connections are in use; further clients wait");

        var waiting = proxy.CreateClient().GetStringAsync($"http://{origin.HttpEndPoint}/");
        foreach (var connection in silent) connection.Dispose();

        Assert.Equal("hello", await waiting);
        Assert.Contains(proxy.Errors, line => line.Contains("The limit of open files allows", StringComparison.Ordinal) && line.Contains("ulimit -n", StringComparison.Ordinal));
        Assert.False(proxy.HasExited, proxy.Told);
    }

    [Fact]
    public async Task DescriptorsTakenByAScript_RequestIs503AndTheNextIsServed()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "hoard.csx"), $$"""
            readonly List<FileStream> hoard = [];

            void OnRequest(HttpFlow flow)
            {
                foreach (var file in hoard) file.Dispose();
                hoard.Clear();
                while (flow.Request.Path == "/hoard" && (hoard.Count == 0 || (int)hoard[^1].SafeFileHandle.DangerousGetHandle() < {{Limit}} - 40)) hoard.Add(File.OpenRead("/dev/null"));
            }
            """);
        await using var origin = await StartOriginAsync();
        await using var proxy = await StartLimitedAsync("-s", "hoard.csx");
        var client = proxy.CreateClient();

        using var refused = await client.GetAsync($"http://{origin.HttpEndPoint}/hoard");
        var served = await client.GetStringAsync($"http://{origin.HttpEndPoint}/");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("no file descriptors left", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("hello", served);
    }

    private static Task<TestOrigin> StartOriginAsync() => TestOrigin.StartAsync(context => context.Response.WriteAsync("hello"));

    private Task<ProxyProcess> StartLimitedAsync(params string[] arguments) =>
        ProxyProcess.StartBy("sh", "dash", _folder.FullName, ["-c", $"ulimit -n {Limit}; exec \"$0\" \"$@\"", Repository.Executable, .. arguments]).ListeningAsync();

    private static async Task<TcpClient> ConnectAsync(ProxyProcess proxy)
    {
        var client = new TcpClient();
        await client.ConnectAsync(proxy.EndPoint);
        return client;
    }
}
