using System.Net.Sockets;
using System.Text;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Modes;

public sealed class UnixListenerTests : IDisposable
{
    private const string Request = "GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nConnection: close\r\n\r\n";
    private const string Response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private readonly string _folder = Directory.CreateTempSubdirectory("modes-unix-").FullName;

    private string SocketPath => Path.Combine(_folder, "proxy.sock");

    [Fact]
    public async Task Socket_ServesAndIsRemovedAtTheEnd()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using (var proxy = await TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Proxy = new ProxyOptions { Listen = $"unix:{SocketPath}" } }))
        {
            Assert.Equal($"unix:{SocketPath}", Assert.Single(proxy.Listeners).ToString());
            Assert.EndsWith("ok", await AskAsync(), StringComparison.Ordinal);
            Assert.Equal("127.0.0.1:0", (await proxy.WaitForFlowAsync()).Client);
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData("", UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData(",mode=660", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite)]
    public async Task Mode_IsTheOwnersUnlessToldOtherwise(string suffix, UnixFileMode expected)
    {
        if (OperatingSystem.IsWindows()) return;
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { Mode = [$"socks5@unix:{SocketPath}{suffix}"] });

        Assert.Equal(expected, File.GetUnixFileMode(SocketPath));
    }

    [Fact]
    public async Task SocketLeftBehind_IsReplaced()
    {
        using (var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            left.Bind(new UnixDomainSocketEndPoint(SocketPath + ".old"));
            File.Move(SocketPath + ".old", SocketPath);
        }

        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { Listen = $"unix:{SocketPath}" });

        Assert.StartsWith("HTTP/1.1 ", await AskAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SocketOfARunningProxy_IsLeftToIt()
    {
        await using var first = await TestProxy.StartAsync(new ProxyOptions { Listen = $"unix:{SocketPath}" });

        var exception = await Assert.ThrowsAsync<ProxyStartException>(() => TestProxy.StartAsync(new ProxyOptions { Listen = $"unix:{SocketPath}" }));

        Assert.StartsWith($"--listen unix:{SocketPath}: the port is in use.", exception.Message, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 ", await AskAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileOfThatName_IsLeftAlone()
    {
        await File.WriteAllTextAsync(SocketPath, "precious");

        var exception = await Assert.ThrowsAsync<ProxyStartException>(() => TestProxy.StartAsync(new ProxyOptions { Listen = $"unix:{SocketPath}" }));

        Assert.Contains("there is a file of that name that is no socket.", exception.Message, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(SocketPath));
    }

    [Fact]
    public async Task FolderThatDoesNotExist_IsNamed()
    {
        var exception = await Assert.ThrowsAsync<ProxyStartException>(() => TestProxy.StartAsync(new ProxyOptions { Listen = $"unix:{_folder}/none/proxy.sock" }));

        Assert.StartsWith($"--listen unix:{_folder}/none/proxy.sock: ", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unix:", "expected a path")]
    [InlineData("unix:/tmp/a,mode=9", "expected a mode of three octal digits")]
    [InlineData("unix:/tmp/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "the path of a socket has 90 bytes at most.")]
    [InlineData("fd:2", "expected the number of an open socket")]
    [InlineData("fd:x", "expected the number of an open socket")]
    [InlineData("systemd:", "expected the number of an open socket")]
    public void BadAddress_IsRefused(string listen, string expected) =>
        Assert.StartsWith($"--listen \"{listen}\": {expected}", Assert.Single(new ProxyOptions { Listen = listen }.Validate()), StringComparison.Ordinal);

    [Fact]
    public void SamePathTwice_Overlaps() =>
        Assert.Contains("is listened on already", Assert.Single(new ProxyOptions { Mode = ["regular@unix:/tmp/a", "socks5@unix:/tmp/../tmp/a"] }.Validate()), StringComparison.Ordinal);

    [Theory]
    [InlineData(null, null, null, null, "no socket was passed to this process (LISTEN_PID).")]
    [InlineData("1", "1", null, null, "no socket was passed to this process (LISTEN_PID).")]
    [InlineData("42", null, null, null, "no socket was passed to this process (LISTEN_FDS).")]
    [InlineData("42", "0", null, null, "no socket was passed to this process (LISTEN_FDS).")]
    [InlineData("42", "2", null, null, "2 sockets were passed. Name the one that is meant")]
    [InlineData("42", "2", "a:b", "c", "no socket of that name was passed. Passed: a, b.")]
    public void SocketsNotPassed_AreNamed(string? id, string? count, string? names, string? name, string expected)
    {
        var variables = new Dictionary<string, string?> { ["LISTEN_PID"] = id, ["LISTEN_FDS"] = count, ["LISTEN_FDNAMES"] = names };

        var exception = Assert.Throws<ProxyStartException>(() => new DescriptorAddress(null, name).Open(variables.GetValueOrDefault, 42));

        Assert.StartsWith(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DescriptorThatIsNotOpen_IsNamed()
    {
        var exception = Assert.Throws<ProxyStartException>(() => new DescriptorAddress(65000, null).Bind(forOthers: false));

        Assert.StartsWith("descriptor 65000 is not an open socket.", exception.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<string> AskAsync()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath));
        await socket.SendAsync(Encoding.ASCII.GetBytes(Request));
        using var reader = new StreamReader(new NetworkStream(socket), Encoding.Latin1);
        return await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }
}
