using Microsoft.AspNetCore.Http;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Support;

/// <summary>
/// An origin and the command in front of it. The origin is called origin.test: a name that no DNS knows, so that nobody reaches it but
/// through the proxy, whose script leads there. The script refuses every other destination and marks what passes, in both directions.
/// Disposing stops the proxy, which must end well and must not have logged an error.
/// </summary>
internal sealed class ProxiedOrigin : IAsyncDisposable
{
    /// <summary>The value of <see cref="EchoOrigin.ThroughHeader"/> on every request that passes.</summary>
    public const string Mark = "a script in the proxy";

    /// <summary>The header on every response that passes.</summary>
    public const string BackHeader = "X-Back-Through";

    private readonly TemporaryFolder _folder = new();

    private ProxiedOrigin(TestOrigin origin) => Origin = origin;

    public TestOrigin Origin { get; }

    public ProxyProcess Proxy { get; private set; } = null!;

    /// <summary>The folder that the proxy runs in.</summary>
    public TemporaryFolder Folder => _folder;

    /// <summary>Starts both.</summary>
    /// <param name="handler">Answers every request.</param>
    /// <param name="arguments">More options of the proxy.</param>
    public static async Task<ProxiedOrigin> StartAsync(Func<HttpContext, Task> handler, params string[] arguments)
    {
        var proxied = new ProxiedOrigin(await TestOrigin.StartAsync(handler));
        try
        {
            proxied._folder.Write("lead.csx", Script(proxied.Origin));
            proxied.Proxy = await ProxyProcess.StartListeningAsync(
                proxied._folder.FullName, ["-s", "lead.csx", "--upstream-ca", proxied.Origin.RootCertificatePath, .. arguments]);
            return proxied;
        }
        catch
        {
            await proxied.Origin.DisposeAsync();
            proxied._folder.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (Proxy.HasExited) return;
            Proxy.Signal("TERM");
            Assert.Equal(0, await Proxy.ExitAsync());
            Assert.DoesNotContain(Proxy.Errors, line => line.Contains("error: ", StringComparison.Ordinal));
        }
        finally
        {
            await Proxy.DisposeAsync();
            await Origin.DisposeAsync();
            _folder.Dispose();
        }
    }

    private static string Script(TestOrigin origin) => $$"""
        void OnConnect(ConnectFlow connect)
        {
            if (connect is { Host: "origin.test", Port: 443 }) (connect.Host, connect.Port) = ("127.0.0.1", {{origin.HttpsEndPoint.Port}});
            else connect.Deny("Tests stay on this machine.");
        }

        void OnRequest(HttpFlow flow)
        {
            flow.Request.Headers["{{EchoOrigin.ThroughHeader}}"] = "{{Mark}}";
            if (flow.Request.Scheme == "https") return;
            if (flow.Request is { Host: "origin.test", Port: 80 }) (flow.Request.Host, flow.Request.Port) = ("127.0.0.1", {{origin.HttpEndPoint.Port}});
            else flow.Block("Tests stay on this machine.");
        }

        void OnResponse(HttpFlow flow) => flow.Response!.Headers["{{BackHeader}}"] = "{{Mark}}";
        """;
}
