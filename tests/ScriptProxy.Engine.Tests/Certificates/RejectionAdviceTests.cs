using ScriptProxy.Engine.Certificates;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Certificates;

public sealed class RejectionAdviceTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData(42)]
    [InlineData(46)]
    [InlineData(48)]
    public void RefusedCertificate_NamesFileAndCommand(int alert)
    {
        using var root = RootCertificate.LoadOrCreate(_temporary.Path, TimeProvider.System);

        Assert.StartsWith($"it does not trust {root.PemPath}; run: scriptproxy ca install", new RejectionAdvice(() => root).For(alert, "example.com"), StringComparison.Ordinal);
    }

    [Fact]
    public void OtherFailure_Asks()
    {
        using var root = RootCertificate.LoadOrCreate(_temporary.Path, TimeProvider.System);

        Assert.StartsWith($"does it trust {root.PemPath}?", new RejectionAdvice(() => root).For(null, "example.com"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("example.com", false)]
    [InlineData("example.org", true)]
    public void HostThatIsNotPermitted_IsTheReason(string host, bool expected)
    {
        var files = new RootCertificateFiles(_temporary.Path);
        files.WhileLocked(() =>
        {
            RootCertificate.Create(files, new RootProfile { Constraints = new NameConstraints(["example.com"], []) }, DateTimeOffset.UtcNow);
            return true;
        });
        using var root = RootCertificate.LoadOrCreate(_temporary.Path, TimeProvider.System);

        Assert.Equal(expected, new RejectionAdvice(() => root).For(48, host).Contains("name constraints", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ClientThatRefuses_IsLoggedWithHostAndCommand()
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions());

        var (exitCode, _) = await ForeignProgram.RunAsync("curl", "--silent", "--max-time", "20", "--proxy", $"http://{proxy.EndPoint}", "https://refused.test/");

        Assert.Equal(60, exitCode);
        var line = await proxy.WaitForLogAsync("did not complete TLS for refused.test");
        Assert.Contains("127.0.0.1:", line, StringComparison.Ordinal);
        Assert.Contains($"it does not trust {proxy.RootCertificatePath}; run: scriptproxy ca install", line, StringComparison.Ordinal);
    }
}
