using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Documents;

public sealed class CertificatesDocumentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("A walk")]
    [InlineData("A company's authority")]
    [InlineData("Rotate")]
    public async Task Commands_DoWhatThePageSays(string heading)
    {
        var block = Assert.Single(new MarkdownFile("docs/certificates.md").Blocks(heading), block => block.Language == "sh");
        var bash = new ClientProgram("bash", "bash", _folder.FullName)
        {
            Environment = { ["PATH"] = $"{Path.GetDirectoryName(Repository.Executable)}:{Environment.GetEnvironmentVariable("PATH")}" },
        };

        (await bash.RunAsync("-c", "set -eu\n" + block.Text)).Succeeded();
    }

    public void Dispose() => _folder.Dispose();
}
