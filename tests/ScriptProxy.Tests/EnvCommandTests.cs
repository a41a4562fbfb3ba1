using System.Diagnostics;
using System.Text.Json;
using ScriptProxy.Cli;
using YamlDotNet.RepresentationModel;

namespace ScriptProxy.Tests;

public sealed class EnvCommandTests : IDisposable
{
    private const string OddFolder = "/it's \"an\" $HOME `odd` \\folder\u2019s";

    private readonly string _folder = Directory.CreateTempSubdirectory("scriptproxy-cli-").FullName;
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly Dictionary<string, string> _environment = [];

    public EnvCommandTests() => _environment["SCRIPTPROXY_CA_DIR"] = Path.Combine(_folder, "ca");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("sh", "sh", "dash")]
    [InlineData("sh", "bash", "bash")]
    [InlineData("fish", "fish", "fish")]
    public async Task Shell_GetsTheVeryValues(string format, string shell, string package)
    {
        var assignments = await EnvAsync("--format", format, "--proxy", "http://proxy.test:8080", "--files", OddFolder);

        Assert.Equal($"http://proxy.test:8080|{OddFolder}/ca-bundle.pem|{OddFolder}/ca.pem", Run(shell, package, assignments + "\nprintf '%s|%s|%s' \"$https_proxy\" \"$SSL_CERT_FILE\" \"$NODE_EXTRA_CA_CERTS\""));
    }

    [Fact]
    public async Task Dotenv_IsTakenAsItIs()
    {
        var lines = await EnvAsync("--format", "dotenv", "--proxy", "http://proxy.test:8080", "--files", "/an \"odd\" $HOME `one` \\ #");

        Assert.Contains("SSL_CERT_FILE='/an \"odd\" $HOME `one` \\ #/ca-bundle.pem'\n", lines, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DotenvWithAnApostrophe_IsEscaped()
    {
        var lines = await EnvAsync("--format", "dotenv", "--proxy", "http://proxy.test:8080", "--files", "/it's \"odd\" $HOME \\");

        Assert.Contains("SSL_CERT_FILE=\"/it's \\\"odd\\\" \\$HOME \\\\/ca-bundle.pem\"\n", lines, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PowerShell_DoublesItsQuotes()
    {
        var lines = await EnvAsync("--format", "powershell", "--proxy", "http://proxy.test:8080", "--files", "/it's\u2019s");

        Assert.Contains("$env:SSL_CERT_FILE = '/it''s\u2019\u2019s/ca-bundle.pem'\n", lines, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_IsOneObject()
    {
        var variables = JsonSerializer.Deserialize<Dictionary<string, string>>(await EnvAsync("--format", "json", "--proxy", "http://proxy.test:8080", "--files", OddFolder))!;

        Assert.Equal(OddFolder + "/ca-bundle.pem", variables["SSL_CERT_FILE"]);
        Assert.Equal("localhost,127.0.0.1,::1,[::1],.localhost,.svc,.cluster.local", variables["NO_PROXY"]);
    }

    [Fact]
    public async Task Docker_HasOneVariableALine_AndNothingOfThisMachine()
    {
        _environment["JAVA_TOOL_OPTIONS"] = "-Dthis.machine=1";

        var lines = (await EnvAsync("--format", "docker", "--proxy", "http://scriptproxy:8080")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Contains("HTTPS_PROXY=http://scriptproxy:8080", lines);
        Assert.Contains("SSL_CERT_FILE=/etc/scriptproxy/ca-bundle.pem", lines);
        Assert.All(lines, line => Assert.Matches("^[A-Za-z_]+=", line));
        Assert.DoesNotContain(lines, line => line.Contains("this.machine", StringComparison.Ordinal) || line.Contains(_folder, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Kubernetes_IsYamlForAPod()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(await EnvAsync("--format", "k8s", "--proxy", "http://scriptproxy:8080", "--exempt", "10.0.0.0/8")));

        var root = (YamlMappingNode)yaml.Documents[0].RootNode;
        var variables = ((YamlSequenceNode)root["env"]).ToDictionary(node => ((YamlScalarNode)node["name"]).Value!, node => ((YamlScalarNode)node["value"]).Value!);
        Assert.Equal("http://scriptproxy:8080", variables["HTTPS_PROXY"]);
        Assert.EndsWith(",.svc,.cluster.local,10.0.0.0/8", variables["NO_PROXY"], StringComparison.Ordinal);
        Assert.Contains("|*.svc|*.cluster.local|10.*", variables["JAVA_TOOL_OPTIONS"], StringComparison.Ordinal);
        Assert.Equal("/etc/scriptproxy", ((YamlScalarNode)root["volumeMounts"][0]["mountPath"]).Value);
        Assert.Equal("scriptproxy-ca", ((YamlScalarNode)root["volumes"][0]["secret"]["secretName"]).Value);
    }

    [Fact]
    public async Task Xtm_HasTheKeysOfTheComposer()
    {
        var lines = await EnvAsync("--format", "xtm", "--proxy", "https://scriptproxy:8443");

        Assert.Contains("OPENCTI__DAEMON__WITH_PROXY=true\nHTTP_PROXY=https://scriptproxy:8443\nHTTPS_PROXY=https://scriptproxy:8443\nNO_PROXY=localhost,", lines, StringComparison.Ordinal);
        Assert.EndsWith("\nHTTPS_PROXY_CA=[\"/etc/scriptproxy/ca.pem\"]\nHTTPS_PROXY_REJECT_UNAUTHORIZED=true\n", lines, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Java_IsTheLineForJavaOpts() =>
        Assert.Equal(
            "-Dhttp.proxyHost=scriptproxy -Dhttp.proxyPort=8080 -Dhttps.proxyHost=scriptproxy -Dhttps.proxyPort=8080 -Dhttp.nonProxyHosts=localhost|127.*|[::1]|*.localhost|*.svc|*.cluster.local "
            + "-Djavax.net.ssl.trustStore=/app/ssl/truststore.p12 -Djavax.net.ssl.trustStoreType=PKCS12 -Djavax.net.ssl.trustStorePassword=changeit\n",
            await EnvAsync("--format", "java", "--proxy", "http://scriptproxy:8080", "--files", "/app/ssl/"));

    [Fact]
    public async Task FilesThatAreNamed_AreThere()
    {
        var variables = JsonSerializer.Deserialize<Dictionary<string, string>>(await EnvAsync("--format", "json", "--listen", "127.0.0.1:8123"))!;

        Assert.Equal("http://127.0.0.1:8123", variables["HTTP_PROXY"]);
        foreach (var name in new[] { "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "WGETRC" }) Assert.True(File.Exists(variables[name]), variables[name]);
        Assert.True(File.Exists(variables["NODE_OPTIONS"]["--require \"".Length..^1]), variables["NODE_OPTIONS"]);
        Assert.True(Directory.Exists(variables["PHP_INI_SCAN_DIR"].TrimStart(Path.PathSeparator)), variables["PHP_INI_SCAN_DIR"]);
        Assert.True(new FileInfo(variables["SSL_CERT_FILE"]).Length > new FileInfo(variables["NODE_EXTRA_CA_CERTS"]).Length);
    }

    [Fact]
    public async Task Write_MakesTheThreeFiles_ForOthersToRead()
    {
        var folder = Path.Combine(_folder, "export");

        await EnvAsync("--format", "docker", "--proxy", "http://scriptproxy:8080", "--write", folder);

        Assert.Equal(["ca-bundle.pem", "ca.pem", "truststore.p12"], Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        if (OperatingSystem.IsWindows()) return;
        foreach (var file in Directory.GetFiles(folder)) Assert.True(File.GetUnixFileMode(file).HasFlag(UnixFileMode.OtherRead), file);
    }

    [Fact]
    public async Task Tunnel_NeedsNothingToTrust()
    {
        var lines = await EnvAsync("--tunnel", "--format", "docker", "--proxy", "http://scriptproxy:8080");

        Assert.DoesNotContain("CERT", lines, StringComparison.Ordinal);
        Assert.DoesNotContain("trustStore", lines, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--format tcsh", "--format \"tcsh\": expected sh, fish, powershell, dotenv, json, java, docker, k8s or xtm.")]
    [InlineData("--proxy scriptproxy:8080", "--proxy \"scriptproxy:8080\": expected http://HOST:PORT or https://HOST:PORT.")]
    [InlineData("--proxy http://a.test/path", "--proxy \"http://a.test/path\": expected http://HOST:PORT or https://HOST:PORT.")]
    [InlineData("--format k8s", "--format k8s: this machine's addresses mean nothing in a container. Name the proxy as it is reached from there: --proxy http://HOST:8080")]
    [InlineData("--exempt a|b", "--exempt \"a|b\": expected a host, .domain, address, or network such as 10.0.0.0/8.")]
    [InlineData("--listen 127.0.0.1:0", "--listen: no proxy is running that could be asked for its port. Start one, or name it with --proxy.")]
    public async Task WrongUse_IsOneLineAndExitCode2(string words, string expected)
    {
        Assert.Equal(2, await RunAsync(["env", .. words.Split(' ')]));
        Assert.Equal(expected + Environment.NewLine, _error.ToString());
        Assert.Equal("", _output.ToString());
    }

    [Fact]
    public async Task Help_EndsWithExamples()
    {
        Assert.Equal(0, await RunAsync(["env", "--help"]));
        Assert.Contains("Examples:\n  eval \"$(scriptproxy env)\"", _output.ToString().ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    private async Task<string> EnvAsync(params string[] words)
    {
        Assert.True(await RunAsync(["env", .. words]) == 0, _error.ToString());
        Assert.Equal("", _error.ToString());
        return _output.ToString();
    }

    private Task<int> RunAsync(string[] words) => new CommandLine(_output, _error, _environment.GetValueOrDefault).RunAsync(words);

    private static string Run(string shell, string package, string script)
    {
        var start = new ProcessStartInfo(shell) { RedirectStandardInput = true, RedirectStandardOutput = true };
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Write(script);
            process.StandardInput.Close();
            return process.StandardOutput.ReadToEnd();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new InvalidOperationException($"{shell} is not on PATH. Install the Debian package {package}.");
        }
    }
}
