using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Documents;

/// <summary>What docs/upstreams.md shows is taken as it stands.</summary>
public sealed class UpstreamsPageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Configurations => [.. Blocks("yaml")];

    public static TheoryData<string> Commands => [.. Blocks("sh")];

    [Theory]
    [MemberData(nameof(Configurations))]
    public async Task Configuration_IsTaken(string yaml)
    {
        _folder.Write("scriptproxy.yaml", yaml);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = new CertificateRequest("CN=proxy root", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        _folder.Write("proxy-ca.pem", root.ExportCertificatePem());

        await AssertListensAsync();
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public Task Command_IsTaken(string command)
    {
        var words = command.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("scriptproxy", words[0]);
        return AssertListensAsync([.. words[1..].Select(word => word.Trim('\''))]);
    }

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<string> Blocks(string language) => new MarkdownFile("docs/upstreams.md").Blocks().Where(block => block.Language == language).Select(block => block.Text);

    private async Task AssertListensAsync(params string[] arguments)
    {
        await using var proxy = await ProxyProcess.StartListeningAsync(_folder.FullName, arguments);
        proxy.Signal("TERM");

        Assert.Equal(0, await proxy.ExitAsync());
    }
}
