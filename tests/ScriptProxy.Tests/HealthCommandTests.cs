using System.Net;
using ScriptProxy.Engine;
using ScriptProxy.Testing;

namespace ScriptProxy.Tests;

/// <summary>scriptproxy health finds the proxy wherever the same options have it listen.</summary>
public sealed class HealthCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("scriptproxy-health-").FullName;
    private readonly StringWriter _output = new();

    private string SocketPath => Path.Combine(_folder, "proxy.sock");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task UnixSocket_IsAskedLikeAnAddress()
    {
        await using (var proxy = await TestProxy.StartAsync(new ProxyOptions { Listen = $"unix:{SocketPath},mode=660" }))
        {
            Assert.Equal((0, $"unix:{SocketPath} answers."), await RunAsync("--listen", $"unix:{SocketPath},mode=660"));
        }

        var (code, output) = await RunAsync("--listen", $"unix:{SocketPath}");
        Assert.Equal(1, code);
        Assert.StartsWith($"unix:{SocketPath} does not answer: ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mode: [\"socks5@{0}\", \"regular@unix:{1}\"]", "unix:{1} answers.")]
    [InlineData("mode: [\"regular@unix:{1}\", \"socks5@{0}\"]", "unix:{1} answers.")]
    [InlineData("listeners:\n- mode: regular\n  listen: unix:{1}\n", "unix:{1} answers.")]
    [InlineData("mode: [\"socks5@{0}\"]", "{0} accepts connections.")]
    public async Task ListenersOfTheFile_AreFound(string yaml, string expected)
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { Mode = [$"regular@unix:{SocketPath}", "socks5@127.0.0.1:0"] });
        var socks = (IPEndPoint)proxy.Listeners[1].EndPoint;
        var file = Path.Combine(_folder, "proxy.yaml");
        await File.WriteAllTextAsync(file, yaml.Replace("{0}", socks.ToString()).Replace("{1}", SocketPath));

        Assert.Equal((0, expected.Replace("{0}", socks.ToString()).Replace("{1}", SocketPath)), await RunAsync("--config", file));
    }

    [Fact]
    public async Task ListenerOnTheCommandLine_GoesBeforeThoseOfTheFile()
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { Listen = $"unix:{SocketPath}" });
        var file = Path.Combine(_folder, "proxy.yaml");
        await File.WriteAllTextAsync(file, "mode: [\"socks5@127.0.0.1:1\"]\n");

        Assert.Equal((0, $"unix:{SocketPath} answers."), await RunAsync("--config", file, "--listen", $"unix:{SocketPath}"));
    }

    [Theory]
    [InlineData("systemd")]
    [InlineData("127.0.0.1:0")]
    public async Task AddressThatCannotBeAsked_IsWrongUse(string address) => Assert.Equal(
        (2, $"--listen \"{address}\": expected the address the proxy listens on, such as 127.0.0.1:8080 or unix:/run/scriptproxy.sock."),
        await RunAsync("--listen", address));

    private async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var code = await new Cli.CommandLine(_output, _output, _ => null).RunAsync(["health", .. arguments]);
        var text = _output.ToString().Trim();
        _output.GetStringBuilder().Clear();
        return (code, text);
    }
}
