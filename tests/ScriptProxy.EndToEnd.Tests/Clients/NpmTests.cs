using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Clients;

public sealed class NpmTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task ViewAndInstall_GoThroughTheProxy()
    {
        await using var proxied = await ProxiedOrigin.StartAsync(NpmRegistry.AnswerAsync);
        var npm = NewNpm(proxied.Proxy);
        _folder.Write("package.json", """{"name":"consumer","version":"1.0.0","private":true}""");

        var view = await npm.RunAsync("view", NpmRegistry.Package, "version");
        Assert.Equal(NpmRegistry.Version, view.Succeeded().Output.Trim());

        (await npm.RunAsync("install", NpmRegistry.Package)).Succeeded();
        var installed = await File.ReadAllTextAsync(_folder.PathOf($"node_modules/{NpmRegistry.Package}/index.js"));
        Assert.Contains(NpmRegistry.Greeting, installed, StringComparison.Ordinal);
        await proxied.Proxy.UntilAsync(() => proxied.Proxy.Output.Any(line => line.Contains(".tgz 200", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task WithoutTheRootCertificate_Refuses()
    {
        await using var proxied = await ProxiedOrigin.StartAsync(NpmRegistry.AnswerAsync);
        var npm = NewNpm(proxied.Proxy);
        npm.Environment.Remove("npm_config_cafile");

        var run = await npm.RunAsync("view", NpmRegistry.Package, "version");

        Assert.NotEqual(0, run.ExitCode);
        Assert.Matches("SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT", run.Errors);
        Assert.Equal(0, proxied.Origin.RequestCount);
    }

    public void Dispose() => _folder.Dispose();

    private ClientProgram NewNpm(ProxyProcess proxy) => new("npm", "npm", _folder.FullName)
    {
        Environment =
        {
            ["HTTPS_PROXY"] = proxy.Url,
            ["npm_config_cafile"] = proxy.RootCertificatePath,
            ["npm_config_registry"] = NpmRegistry.Url,
            ["npm_config_audit"] = "false",
            ["npm_config_fund"] = "false",
            ["npm_config_update_notifier"] = "false",
            ["npm_config_fetch_retries"] = "0",
        },
    };
}
