using System.Text.RegularExpressions;
using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Documents;

/// <summary>The commands that docs/clients.md and the examples of deployments tell readers to run.</summary>
public sealed partial class ClientsDocumentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> EnvCommands =>
    [
        .. new[] { "docs/clients.md", "examples/kestra/README.md", "examples/kestra/values.yaml", "examples/ci-runners/README.md", "examples/kestra/docker-compose.yml", "examples/xtm-composer/docker-compose.yml" }
            .SelectMany(file => EnvCommand().Matches(new MarkdownFile(file).Text)).Select(match => match.Groups[1].Value.Trim()).Distinct(),
    ];

    [Theory]
    [MemberData(nameof(EnvCommands))]
    public async Task Env_Prints(string arguments)
    {
        var words = arguments.Split(' ').Select(word => word is "/ca" or "/ssl" ? _folder.PathOf(word[1..]) : word).ToArray();
        if (words is ["env"]) words = ["env", "--listen", "127.0.0.1:8123"];
        else if (!words.Contains("--proxy")) words = [.. words, "--proxy", "http://scriptproxy:8080"];

        Assert.NotEmpty((await Command().RunAsync(words)).Succeeded().Output);
    }

    [Fact]
    public async Task FirstCommand_Runs()
    {
        var block = new MarkdownFile("docs/clients.md").Blocks("One command")[0].Text.Trim();
        Assert.Equal("scriptproxy -s mask.csx -- npm install", block);
        _folder.Write("mask.csx", await File.ReadAllTextAsync(Path.Combine(Repository.Root, "examples/scripts/mask.csx")));
        _folder.Write("package.json", """{"name":"consumer","version":"1.0.0","private":true}""");

        (await Command().RunAsync(block.Split(' ')[1..])).Succeeded();
    }

    public void Dispose() => _folder.Dispose();

    private ClientProgram Command() => new(Repository.Executable, "scriptproxy", _folder.FullName);

    [GeneratedRegex(@"scriptproxy (env(?: [^`|>&()\n#\\]*)?)")]
    private static partial Regex EnvCommand();
}
