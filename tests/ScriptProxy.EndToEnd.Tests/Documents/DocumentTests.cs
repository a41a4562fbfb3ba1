using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Documents;

public sealed class DocumentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Documents =>
    [
        "README.md",
        "CONTRIBUTING.md",
        .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Repository.Root, file)).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Links_LeadSomewhere(string document) =>
        Assert.All(new MarkdownFile(document).Links, link => Assert.True(Path.Exists(link), $"{document} links to {link}, which does not exist."));

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/addons.md")]
    [InlineData("docs/modes.md")]
    [InlineData("docs/upstreams.md")]
    public async Task CodeBlocks_LoadWithoutAWarning(string document)
    {
        var names = new List<string>();
        foreach (var block in new MarkdownFile(document).Blocks().Where(block => block.Language == "csharp"))
        {
            names.Add($"block{names.Count + 1:00}.csx");
            _folder.Write(names[^1], block.Text);
        }

        Assert.NotEmpty(names);
        await using var proxy = await ProxyProcess.StartListeningAsync(_folder.FullName, [.. names.SelectMany(name => new[] { "-s", name }), "--log-level", "warning"]);
        await proxy.UntilLoggedAsync("Scripts: ");
        proxy.Signal("TERM");

        Assert.Equal(0, await proxy.ExitAsync());
        Assert.DoesNotContain(proxy.Errors, line => line.Contains("warning: ", StringComparison.Ordinal) || line.Contains("error: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task OptionsOfTheAddonsPage_AreTaken()
    {
        foreach (var block in new MarkdownFile("docs/addons.md").Blocks("Options"))
            _folder.Write(block.Language == "yaml" ? "scriptproxy.yaml" : block.Text.Split('\n')[0]["// ".Length..], block.Text);

        await using var proxy = await ProxyProcess.StartListeningAsync(_folder.FullName, ["--set", "block.rules={host: ads.example, status: 410}", "--set", "block.retry-after=90", "--log-level", "warning"]);
        await proxy.UntilLoggedAsync("Scripts: mask.csx, block.csx");
        proxy.Signal("TERM");

        Assert.Equal(0, await proxy.ExitAsync());
        Assert.DoesNotContain(proxy.Errors, line => line.Contains("warning: ", StringComparison.Ordinal) || line.Contains("error: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CommandsOfTheModesPage_AreTaken()
    {
        var commands = new MarkdownFile("docs/modes.md").Blocks().Where(block => block.Language == "sh").SelectMany(block => block.Text.Split('\n'))
            .Where(line => line.StartsWith("scriptproxy --", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(commands);
        foreach (var command in commands) await AssertTakenAsync(command.Split(' ')[1..]);

        var files = new MarkdownFile("docs/modes.md").Blocks().Where(block => block.Language == "yaml").ToList();
        Assert.NotEmpty(files);
        foreach (var file in files) await AssertTakenAsync("--config", _folder.Write("scriptproxy.yaml", file.Text));
    }

    [Fact]
    public void TestCommand_IsThatOfTheBuildServer()
    {
        const string Command = "dotnet test -m:1";
        var run = File.ReadAllText(Path.Combine(Repository.Root, ".ci", "run"));

        Assert.Contains($"\n    {Command}\n", new MarkdownFile("README.md").Text, StringComparison.Ordinal);
        Assert.Contains($"\n    {Command} ", new MarkdownFile("CONTRIBUTING.md").Text, StringComparison.Ordinal);
        Assert.Matches($@"(?m)(^|\s){Command}(\s|$)", run);
    }

    /// <summary>Asserts that options are read and checked without a complaint.</summary>
    private async Task AssertTakenAsync(params string[] arguments)
    {
        await using var proxy = ProxyProcess.Start(_folder.FullName, [.. arguments, "--options"]);
        Assert.True(await proxy.ExitAsync() == 0, $"{string.Join(' ', arguments)}: {proxy.Told}");
    }

    public void Dispose() => _folder.Dispose();
}
