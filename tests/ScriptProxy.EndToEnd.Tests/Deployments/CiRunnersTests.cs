using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using ScriptProxy.EndToEnd.Tests.Launching;
using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;
using YamlDotNet.RepresentationModel;

namespace ScriptProxy.EndToEnd.Tests.Deployments;

/// <summary>The manifests for CI runners: whether Kubernetes would take them, and the command as they run it, with their probes, scripts and signals.</summary>
public sealed partial class CiRunnersTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TestOrigin _origin = null!;

    public async Task InitializeAsync() => _origin = await TestOrigin.StartAsync(async context =>
    {
        if (context.Request.Path == "/slow")
        {
            _asked.TrySetResult();
            await _answer.Task;
        }

        await EchoOrigin.AnswerAsync(context);
    });

    public async Task DisposeAsync()
    {
        _answer.TrySetResult();
        _client.Dispose();
        await _origin.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("ci-runners/scriptproxy.yaml", "Namespace ServiceAccount ConfigMap DaemonSet")]
    [InlineData("ci-runners/scriptproxy-tunnel.yaml", "Namespace ServiceAccount ConfigMap DaemonSet")]
    [InlineData("ci-runners/runner.yaml", "Pod")]
    public void Manifests_AreAsKubernetesWantsThem(string file, string kinds)
    {
        var manifests = ExampleFile.Yaml(file);

        Assert.Equal(kinds.Split(' '), manifests.Select(manifest => manifest["kind"].Text()));
        Assert.Empty(manifests.SelectMany(ManifestSchema.Check));
        foreach (var pod in manifests.Where(manifest => manifest["kind"].Text() is "DaemonSet" or "Pod").Select(PodOf)) AssertNamesMatch(pod);
    }

    [Theory]
    [InlineData("spec: { containers: [] }", "Pod.apiVersion: missing;Pod.metadata: missing")]
    [InlineData("apiVersion: v1\nmetadata: { name: a }\nspec: { containers: [{ name: a, image: b, env: [{ name: X, value: true }], port: 1 }] }", "Pod.spec.containers[0].env[0].value: expected string, got true;Pod.spec.containers[0].port: there is no such field")]
    public void Schema_SeesMistakes(string yaml, string expected)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader("kind: Pod\n" + yaml));

        Assert.Equal(expected.Split(';'), ManifestSchema.Check((YamlMappingNode)stream.Documents[0].RootNode));
    }

    [Theory]
    [InlineData("ci-runners/scriptproxy.yaml")]
    [InlineData("ci-runners/scriptproxy-tunnel.yaml")]
    public void Pods_HaveNoRightsTheyDoNotNeed(string file)
    {
        var pod = PodOf(ExampleFile.Yaml(file)[^1]);

        Assert.Equal("true", pod["securityContext"]["runAsNonRoot"].Text());
        Assert.True(int.Parse(pod["terminationGracePeriodSeconds"].Text()) > int.Parse(Variables(pod)["SCRIPTPROXY_SHUTDOWN_TIMEOUT"]));
        foreach (var container in Containers(pod))
        {
            Assert.Equal("true", container["securityContext"]["readOnlyRootFilesystem"].Text());
            Assert.Equal("false", container["securityContext"]["allowPrivilegeEscalation"].Text());
            Assert.Equal("ALL", container["securityContext"]["capabilities"]["drop"].Items().Single().Text());
        }
    }

    [Fact]
    public void ConfigMaps_HoldTheScriptsOfTheFolder()
    {
        foreach (var file in new[] { "ci-runners/scriptproxy.yaml", "ci-runners/scriptproxy-tunnel.yaml" })
            foreach (var (name, text) in Scripts(file)) Assert.Equal(ExampleFile.Read($"ci-runners/scripts/{name}"), text);
    }

    [Fact]
    public async Task Requests_AreLoggedWithTheirTokensMasked_AndANewConfigMapIsLive()
    {
        var (proxy, _, scripts) = await StartAsync("ci-runners/scriptproxy.yaml");
        await using var running = proxy;
        using var client = proxy.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://origin.test/echo?token=ghp_0123456789abcdefghijklmn") { Headers = { { "Private-Token", "glpat-0123456789abcdefghijkl" } } };
        using var response = await client.SendAsync(request);

        EchoFixture.AssertEchoed(await response.Content.ReadAsStringAsync(), "GET");
        await proxy.UntilAsync(() => proxy.Output.Length > 0);
        var line = JsonDocument.Parse(proxy.Output[0]).RootElement;
        Assert.Equal("GET origin.test /echo 200", $"{line.GetProperty("method")} {line.GetProperty("host")} {line.GetProperty("path")} {line.GetProperty("status")}");
        Assert.DoesNotContain("0123456789", string.Concat(proxy.Output), StringComparison.Ordinal);

        var changed = Scripts("ci-runners/scriptproxy.yaml");
        changed["lead.csx"] = LaunchFixture.Script(_origin);
        changed["mask.csx"] += "\nvoid OnResponse(HttpFlow flow) => flow.Response!.Headers[\"X-New\"] = \"live\";\n";
        scripts.Update(changed);

        await Eventually.TrueAsync(async () => (await client.GetAsync("https://origin.test/echo")).Headers.Contains("X-New"), () => proxy.Told, Eventually.Patience);
    }

    [Fact]
    public async Task Term_MakesThePodUnready_AndLetsFlowsEnd()
    {
        var (proxy, admin, _) = await StartAsync("ci-runners/scriptproxy.yaml");
        await using var running = proxy;
        using var client = proxy.CreateClient();
        var container = PodOf(ExampleFile.Yaml("ci-runners/scriptproxy.yaml")[^1])["containers"][0];
        var (ready, alive) = (admin + container["readinessProbe"]["httpGet"]["path"].Text().TrimStart('/'), admin + container["livenessProbe"]["httpGet"]["path"].Text().TrimStart('/'));
        Assert.Equal("ready\n", await _client.GetStringAsync(ready));
        var flow = client.GetAsync("https://origin.test/slow");
        await _asked.Task;

        proxy.Signal("TERM");
        await Eventually.TrueAsync(async () => (await _client.GetAsync(ready)).StatusCode == HttpStatusCode.ServiceUnavailable, () => proxy.Told, Eventually.Patience);
        Assert.Equal("alive\n", await _client.GetStringAsync(alive));
        _answer.SetResult();

        Assert.Equal(HttpStatusCode.OK, (await flow).StatusCode);
        Assert.Equal(0, await proxy.ExitAsync());
        Assert.DoesNotContain(proxy.Errors, line => line.Contains("error: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TunnelVariant_NeedsNoTrust_AndTellsTheHost()
    {
        var (proxy, _, _) = await StartAsync("ci-runners/scriptproxy-tunnel.yaml");
        await using var running = proxy;
        var curl = new ClientProgram("curl", "curl", _folder.FullName) { Environment = { ["HTTPS_PROXY"] = proxy.Url } };

        var run = await curl.RunAsync("-sS", "--cacert", _origin.RootCertificatePath, "https://origin.test/echo?token=hunter2");

        Assert.Null(EchoAnswer.Parse(run.Succeeded().Output).Through);
        await proxy.UntilAsync(() => proxy.Output.Length > 0);
        var line = JsonDocument.Parse(proxy.Output[0]).RootElement;
        Assert.Equal("CONNECT origin.test", $"{line.GetProperty("method")} {line.GetProperty("host")}");
        Assert.DoesNotContain("hunter2", string.Concat(proxy.Output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runner_UsesTheProxyOfItsNode_AndTrustsIt()
    {
        var (proxy, _, _) = await StartAsync("ci-runners/scriptproxy.yaml");
        await using var running = proxy;
        var command = new ClientProgram(Repository.Executable, "scriptproxy", _folder.FullName) { Environment = { ["SCRIPTPROXY_CA_DIR"] = Path.Combine(_folder.FullName, "ca") } };
        (await command.RunAsync("env", "--format", "k8s", "--proxy", "http://127.0.0.1:8080", "--write", _folder.PathOf("trust"))).Succeeded();
        var variables = Variables(PodOf(ExampleFile.Yaml("ci-runners/runner.yaml")[0]));

        foreach (var program in new[] { "curl -sS https://origin.test/echo", "python3 -c \"import urllib.request; print(urllib.request.urlopen('https://origin.test/echo').read().decode())\"" })
        {
            var runner = new ClientProgram("sh", "dash", _folder.FullName);
            foreach (var (name, value) in variables)
                runner.Environment[name] = value.Replace("$(NODE_IP):8080", proxy.EndPoint.ToString(), StringComparison.Ordinal).Replace("/etc/scriptproxy", _folder.PathOf("trust"), StringComparison.Ordinal);
            EchoFixture.AssertEchoed((await runner.RunAsync("-c", program)).Succeeded().Output, "GET");
        }
    }

    private static YamlNode PodOf(YamlMappingNode manifest) => manifest["kind"].Text() == "Pod" ? manifest["spec"] : manifest["spec"]["template"]["spec"];

    private static IEnumerable<YamlNode> Containers(YamlNode pod) =>
        pod["containers"].Items().Concat(((YamlMappingNode)pod).Children.TryGetValue("initContainers", out var first) ? first.Items() : []);

    private static Dictionary<string, string> Variables(YamlNode pod) =>
        pod["containers"][0]["env"].Items().Cast<YamlMappingNode>().Where(variable => variable.Children.ContainsKey("value")).ToDictionary(variable => variable["name"].Text(), variable => variable["value"].Text());

    private static Dictionary<string, string> Scripts(string file) =>
        ((YamlMappingNode)ExampleFile.Yaml(file).Single(manifest => manifest["kind"].Text() == "ConfigMap")["data"]).ToDictionary(pair => pair.Key.Text(), pair => pair.Value.Text());

    /// <summary>Every mount has its volume, and every probe its port.</summary>
    private static void AssertNamesMatch(YamlNode pod)
    {
        var volumes = pod["volumes"].Items().Select(volume => volume["name"].Text()).ToHashSet();
        foreach (var container in Containers(pod).Cast<YamlMappingNode>())
        {
            Assert.All(container["volumeMounts"].Items(), mount => Assert.Contains(mount["name"].Text(), volumes));
            foreach (var probe in new[] { "readinessProbe", "livenessProbe" }.Where(probe => container.Children.ContainsKey(probe)))
                Assert.Contains(container["ports"].Items(), port => port["name"].Text() == container[probe]["httpGet"]["port"].Text());
        }
    }

    /// <summary>Runs what the DaemonSet runs: its arguments and variables, the latter as flags, with this test's folders and ports.</summary>
    private async Task<(ProxyProcess Proxy, string Admin, MountedConfigMap Scripts)> StartAsync(string file)
    {
        var pod = PodOf(ExampleFile.Yaml(file)[^1]);
        var scripts = Scripts(file);
        scripts["lead.csx"] = LaunchFixture.Script(_origin);
        var mounted = new MountedConfigMap(_folder.PathOf("scripts"), scripts);
        var arguments = pod["containers"][0]["args"].Items().Select(argument => argument.Text()).ToList();
        foreach (var (name, value) in Variables(pod).Where(variable => variable.Key.StartsWith("SCRIPTPROXY_", StringComparison.Ordinal)))
            arguments.Add($"--{name["SCRIPTPROXY_".Length..].ToLowerInvariant().Replace('_', '-')}={value}");

        var proxy = await ProxyProcess.StartListeningAsync(
            _folder.FullName, [.. arguments.Select(argument => Folders().Replace(argument, match => _folder.PathOf(match.Groups[1].Value)).Replace("0.0.0.0:8080", "127.0.0.1:0", StringComparison.Ordinal).Replace("0.0.0.0:8082", "127.0.0.1:0", StringComparison.Ordinal)), "--upstream-ca", _origin.RootCertificatePath]);
        var banner = await proxy.UntilLoggedAsync("Health, readiness and metrics: ");
        return (proxy, Url().Match(banner).Value, mounted);
    }

    [GeneratedRegex(@"(?<=^|=)/(scripts|ca|cache)$")]
    private static partial Regex Folders();

    [GeneratedRegex(@"http://[^/]+/")]
    private static partial Regex Url();
}
