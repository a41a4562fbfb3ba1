using System.Text.Json;
using Microsoft.Extensions.Logging;
using ScriptProxy.Cli;
using ScriptProxy.Cli.Logging;

namespace ScriptProxy.Tests.Logging;

public sealed class LogFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("scriptproxy-log-");
    private readonly StringWriter _console = new();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task FlowsAndMessages_AreJsonLines()
    {
        await using (var logs = Open("proxy.log"))
        {
            logs.Factory.CreateLogger("Test").LogWarning("Trouble with {Host}", "origin.test");
            logs.FlowSink(withHeaders: false)!.Record(Sample("https://origin.test/?token=***a1b2c3") with { Error = new FlowError("dns_error", 502, "no such host"), Tags = ["masked"] });
        }

        var lines = Lines();
        Assert.Equal(3, lines.Length);
        Assert.Equal("Trouble with {Host}", lines[1].GetProperty("MessageTemplate").GetString());
        Assert.Equal("origin.test", lines[1].GetProperty("Properties").GetProperty("Host").GetString());
        var flow = lines[2].GetProperty("Properties");
        Assert.Equal("https://origin.test/?token=***a1b2c3", flow.GetProperty("Url").GetString());
        Assert.Equal("GET", flow.GetProperty("Method").GetString());
        Assert.Equal(200, flow.GetProperty("Status").GetInt32());
        Assert.Equal(1536, flow.GetProperty("ResponseBytes").GetInt64());
        Assert.Equal(12.4, flow.GetProperty("Milliseconds").GetDouble());
        Assert.Equal("dns_error", flow.GetProperty("ErrorType").GetString());
        Assert.Equal("masked", flow.GetProperty("Tags")[0].GetString());
        Assert.False(flow.TryGetProperty("RequestHeaders", out _));
        Assert.DoesNotContain("GET", _console.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_AreWrittenWhenWanted()
    {
        await using (var logs = Open("proxy.log"))
        {
            var sink = logs.FlowSink(withHeaders: true)!;
            Assert.True(sink.WantsHeaders);
            sink.Record(Sample("https://origin.test/") with { RequestHeaders = [new("Accept", "*/*")] });
        }

        Assert.Equal("Accept: */*", Lines()[1].GetProperty("Properties").GetProperty("RequestHeaders")[0].GetString());
    }

    [Fact]
    public async Task LowThreshold_KeepsFlows()
    {
        await using (var logs = Logs.Open(new RunOptions { LogFile = PathOf("proxy.log"), LogLevel = LogThreshold.Error }, _console, colours: false))
        {
            logs.Factory.CreateLogger("Test").LogInformation("Not written");
            logs.FlowSink(withHeaders: false)!.Record(Sample("https://origin.test/"));
        }

        Assert.Equal(2, Lines().Length);
    }

    [Fact]
    public async Task ControlCharacters_AreEscapedInTheFile()
    {
        const string evil = "\r\n\u001b[2J\u009b31m\u202e\u2028\u007f";
        await using (var logs = Open("proxy.log"))
        {
            logs.Factory.CreateLogger("Test").LogWarning("{Text}", evil);
            logs.FlowSink(withHeaders: false)!.Record(Sample(evil));
        }

        var text = File.ReadAllText(Assert.Single(_folder.GetFiles()).FullName);
        Assert.DoesNotContain(text.Replace('\n', ' '), c => char.IsControl(c) || c is '\u202e' or '\u2028');
        Assert.Equal(evil, Lines()[1].GetProperty("Properties").GetProperty("Text").GetString());
        Assert.Equal(evil, Lines()[2].GetProperty("Properties").GetProperty("Url").GetString());
    }

    [Fact]
    public async Task File_CarriesTheDateAndIsForItsOwnerOnly()
    {
        await using (Open("sub/proxy.log")) { }

        var file = Assert.Single(_folder.GetDirectories("sub").Single().GetFiles());
        Assert.Matches(@"^proxy\d{8}\.log$", file.Name);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, file.UnixFileMode);
    }

    [Theory]
    [InlineData("file/proxy.log")]
    [InlineData("file")]
    public void FileThatCannotBeWritten_StopsTheStartWithOneLine(string name)
    {
        // A folder stands where the file, or a file where the folder, should be.
        if (name == "file") Directory.CreateDirectory(PathOf("file" + DateTime.Now.ToString("yyyyMMdd")));
        else File.WriteAllText(PathOf("file"), "");

        var exception = Assert.Throws<LogFileException>(() => Open(name));

        Assert.StartsWith($"--log-file \"{PathOf(name)}\": cannot be written: ", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public async Task FileThatFailsLater_IsSaidOnceAndMattersToNobody()
    {
        var problems = new List<string>();
        await using (var log = LogFile.Open(PathOf("proxy.log"), 10, new QueueMonitor(), problems.Add)) { }

        Serilog.Debugging.SelfLog.WriteLine("emitting failed: {0}", new IOException("No space left on device"));
        Serilog.Debugging.SelfLog.WriteLine("emitting failed: {0}", new IOException("No space left on device"));

        Assert.EndsWith("traffic goes on without it: No space left on device", Assert.Single(problems), StringComparison.Ordinal);
    }

    private Logs Open(string name) => Logs.Open(new RunOptions { LogFile = PathOf(name) }, _console, colours: false);

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private JsonElement[] Lines() =>
        [.. File.ReadLines(Assert.Single(_folder.GetFiles()).FullName).Select(line => JsonDocument.Parse(line).RootElement)];

    private static FlowRecord Sample(string url) => new()
    {
        Id = "f1",
        Started = DateTimeOffset.UnixEpoch,
        Duration = TimeSpan.FromMilliseconds(12.4),
        Client = "192.0.2.7:50123",
        Method = "GET",
        Url = url,
        Protocol = "HTTP/1.1",
        StatusCode = 200,
        ResponseBytes = 1536,
    };
}
