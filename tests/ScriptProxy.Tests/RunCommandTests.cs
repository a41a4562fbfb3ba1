using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ScriptProxy.Tests;

public class RunCommandTests
{
    [Fact]
    public async Task BadOption_ExitsWith2()
    {
        await using var process = CommandProcess.Start(null, "--listen", "nowhere");

        Assert.Equal(2, await process.ExitAsync());
        Assert.StartsWith("--listen \"nowhere\": expected ", Assert.Single(process.Errors), StringComparison.Ordinal);
        Assert.Empty(process.Output);
    }

    [Fact]
    public async Task PortInUse_ExitsWith2()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var address = other.LocalEndpoint.ToString()!;
        await using var process = CommandProcess.Start(null, "--listen", address);

        Assert.Equal(2, await process.ExitAsync());
        Assert.StartsWith($"--listen {address}: the port is in use.", process.Errors[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task BrokenScript_ExitsWith2BeforeAnythingListens()
    {
        await using var process = CommandProcess.Start(
            folder => File.WriteAllText(Path.Combine(folder, "mask.csx"), "void OnRequest(HttpFlow flow)\n{\n    undefined();\n}\n"), "-s", "mask.csx");

        Assert.Equal(2, await process.ExitAsync());
        Assert.Equal("mask.csx(3,5): error CS0103: The name 'undefined' does not exist in the current context", Assert.Single(process.Errors));
    }

    [Fact]
    public async Task MissingScript_ExitsWith2()
    {
        await using var process = CommandProcess.Start(null, "-s", "nothere.csx");

        Assert.Equal(2, await process.ExitAsync());
        Assert.Contains("nothere.csx", Assert.Single(process.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FolderAsScript_ExitsWith2()
    {
        await using var process = CommandProcess.Start(folder => Directory.CreateDirectory(Path.Combine(folder, "scripts")), "-s", "scripts");

        Assert.Equal(2, await process.ExitAsync());
        Assert.Equal("--script \"scripts\": expected a file, got a folder. To load all scripts of a folder: --addons scripts", Assert.Single(process.Errors));
    }

    [Fact]
    public async Task CertificateThatIsNone_ExitsWith2()
    {
        await using var process = CommandProcess.Start(folder =>
        {
            Directory.CreateDirectory(Path.Combine(folder, "ca"));
            File.WriteAllText(Path.Combine(folder, "ca", "ca.pem"), "not a certificate");
            File.WriteAllText(Path.Combine(folder, "ca", "ca-key.pem"), "not a key");
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(Path.Combine(folder, "ca"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                File.SetUnixFileMode(Path.Combine(folder, "ca", "ca-key.pem"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        });

        Assert.Equal(2, await process.ExitAsync());
        Assert.Contains("ca.pem", Assert.Single(process.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MissingUpstreamCa_ExitsWith2()
    {
        await using var process = CommandProcess.Start(null, "--upstream-ca", "nothere.pem");

        Assert.Equal(2, await process.ExitAsync());
        Assert.Contains("nothere.pem", Assert.Single(process.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LogFileThatCannotBeWritten_ExitsWith2()
    {
        await using var process = CommandProcess.Start(folder => File.WriteAllText(Path.Combine(folder, "file"), ""), "--log-file", "file/proxy.log");

        Assert.Equal(2, await process.ExitAsync());
        Assert.StartsWith("--log-file \"file/proxy.log\": cannot be written: ", Assert.Single(process.Errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task Signal_StopsIdleProxyWith0(string signal)
    {
        await using var process = CommandProcess.Start(null);
        await process.ListeningAsync();

        process.Signal(signal);

        Assert.Equal(0, await process.ExitAsync());
    }

    [Fact]
    public async Task Banner_NamesAddressCertificateAndScripts()
    {
        await using var process = CommandProcess.Start(
            folder =>
            {
                File.WriteAllText(Path.Combine(folder, "first.csx"), "void OnRequest(HttpFlow flow) { }");
                Directory.CreateDirectory(Path.Combine(folder, "addons"));
                File.WriteAllText(Path.Combine(folder, "addons", "second.csx"), "void OnRequest(HttpFlow flow) { }");
            },
            "-s", "first.csx", "--log-level", "warning");
        await process.ListeningAsync();
        await process.UntilAsync(() => process.Errors.Length >= 3);

        Assert.Contains(process.Errors, line => line.EndsWith(Path.Combine("ca", "ca.pem"), StringComparison.Ordinal));
        Assert.Contains("Scripts: first.csx, second.csx", process.Errors);
        Assert.InRange(process.Errors.Length, 3, 4);
        Assert.Empty(process.Output);
    }

    [Fact]
    public async Task Health_TellsAListeningProxyFromNone()
    {
        await using var process = CommandProcess.Start(null);
        var port = await process.ListeningAsync();

        await using var healthy = CommandProcess.Start(null, "health", "--listen", $"127.0.0.1:{port}");
        Assert.Equal(0, await healthy.ExitAsync());

        process.Signal("TERM");
        await process.ExitAsync();
        await using var gone = CommandProcess.Start(null, "health", "--listen", $"127.0.0.1:{port}");
        Assert.Equal(1, await gone.ExitAsync());
        Assert.Contains("does not answer", Assert.Single(gone.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flow_IsPrintedWithoutItsSecretsOnConsoleAndInLogFile()
    {
        using var origin = new Origin();
        await using var process = CommandProcess.Start(null, "-v", "--log-file", "logs/proxy.log");
        var port = await process.ListeningAsync();

        await AskAsync(port, origin.Port);
        await process.UntilAsync(() => process.Output.Any(line => line.Contains("/path?token=***", StringComparison.Ordinal)));
        process.Signal("TERM");
        Assert.Equal(0, await process.ExitAsync());

        var log = await File.ReadAllTextAsync(Directory.GetFiles(process.PathOf("logs")).Single());
        Assert.Contains("/path?token=***", log, StringComparison.Ordinal);
        Assert.Contains("  > Authorization: Bearer ***", string.Join('\n', process.Output), StringComparison.Ordinal);
        foreach (var text in new[] { log, string.Join('\n', process.Output), string.Join('\n', process.Errors) })
            Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quiet_PrintsNoFlows()
    {
        using var origin = new Origin();
        await using var process = CommandProcess.Start(null, "-q");
        var port = await process.ListeningAsync();

        await AskAsync(port, origin.Port);
        process.Signal("TERM");

        Assert.Equal(0, await process.ExitAsync());
        Assert.Empty(process.Output);
    }

    [Fact]
    public async Task SecondSignal_EndsAtOnceWhileAFlowIsUnderWay()
    {
        using var origin = new Origin(answer: false);
        await using var process = CommandProcess.Start(null, "--shutdown-timeout", "1h");
        var port = await process.ListeningAsync();
        using var client = await SendAsync(port, origin.Port);
        await origin.Asked;

        process.Signal("TERM");
        await process.UntilAsync(() => !Accepts(port));
        process.Signal("TERM");

        Assert.Equal(143, await process.ExitAsync());
    }

    [Fact]
    public async Task FirstSignal_LetsAFlowFinish()
    {
        using var origin = new Origin(answer: false);
        await using var process = CommandProcess.Start(null, "--shutdown-timeout", "1h");
        var port = await process.ListeningAsync();
        using var client = await SendAsync(port, origin.Port);
        await origin.Asked;

        process.Signal("TERM");
        await process.UntilAsync(() => !Accepts(port));
        origin.Answer();

        using var reader = new StreamReader(client.GetStream());
        Assert.StartsWith("HTTP/1.1 200", await reader.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await process.ExitAsync());
    }

    private static async Task AskAsync(int port, int originPort)
    {
        using var client = await SendAsync(port, originPort);
        using var reader = new StreamReader(client.GetStream());
        Assert.StartsWith("HTTP/1.1 200", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }

    private static async Task<TcpClient> SendAsync(int port, int originPort)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"GET http://127.0.0.1:{originPort}/path?token=hunter2 HTTP/1.1\r\nHost: 127.0.0.1:{originPort}\r\nAuthorization: Bearer hunter2\r\n\r\n"));
        return client;
    }

    private static bool Accepts(int port)
    {
        try
        {
            using var client = new TcpClient("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
