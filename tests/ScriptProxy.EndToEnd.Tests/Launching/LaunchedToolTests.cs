using ScriptProxy.EndToEnd.Tests.Clients;
using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Launching;

/// <summary>Programs that talk to servers of their own kind, with nothing set up for them but "scriptproxy -- PROGRAM".</summary>
public sealed class LaunchedToolTests : IAsyncLifetime
{
    private readonly LaunchFixture _fixture = new();

    public Task InitializeAsync() => _fixture.InitializeAsync();

    public Task DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task Git_Clones()
    {
        _fixture.Folder.Write("work/greeting.txt", "hello\n");
        var git = new ClientProgram("git", "git", _fixture.Folder.FullName) { Environment = { ["GIT_CONFIG_NOSYSTEM"] = "1" } };
        foreach (var line in new[] { "init --quiet --initial-branch=main work", "-C work add .", "-C work -c user.name=Test -c user.email=test@origin.test commit --quiet -m Greet", "clone --quiet --bare work repositories/project.git" })
            (await git.RunAsync(line.Split(' '))).Succeeded();
        _fixture.Serve(new GitHttpBackend(_fixture.Folder.PathOf("repositories")).AnswerAsync);

        (await _fixture.RunAsync("git", "clone", "--quiet", "https://origin.test/project.git", "clone")).Succeeded();

        Assert.Equal("hello\n", await File.ReadAllTextAsync(_fixture.Folder.PathOf("clone/greeting.txt")));
    }

    [Fact]
    public async Task Npm_Installs()
    {
        _fixture.Serve(NpmRegistry.AnswerAsync);
        _fixture.Folder.Write("package.json", """{"name":"consumer","version":"1.0.0","private":true}""");

        (await _fixture.RunAsync("npm", "install", $"--registry={NpmRegistry.Url}", "--no-audit", "--no-fund", "--no-update-notifier", NpmRegistry.Package)).Succeeded();

        Assert.Contains(NpmRegistry.Greeting, await File.ReadAllTextAsync(_fixture.Folder.PathOf($"node_modules/{NpmRegistry.Package}/index.js")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pip_Downloads()
    {
        _fixture.Serve(PipIndex.AnswerAsync);

        var run = await _fixture.RunAsync("python3", "-m", "pip", "download", "--index-url", PipIndex.Url, "--no-deps", "--no-cache-dir", "--disable-pip-version-check", "--retries", "0", "tiny-greeting");

        run.Succeeded();
        Assert.True(File.Exists(_fixture.Folder.PathOf(PipIndex.Wheel)), run.Output);
    }

    [Fact]
    public async Task Chromium_Browses_OnceItsUserTrustsTheRoot()
    {
        // The only client that no variable tells whom to trust: NSS has to be told, once.
        (await _fixture.RunAsync("true")).Succeeded();
        (await _fixture.Command().RunAsync("ca", "install", "--nss", _fixture.Folder.PathOf(".pki/nssdb"))).Succeeded();

        var run = await _fixture.RunAsync(
            "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", $"--user-data-dir={_fixture.Folder.PathOf("profile")}", "--dump-dom", "https://origin.test/echo");

        var dom = run.Succeeded().Output;
        Assert.Contains($"\"through\":\"{ProxiedOrigin.Mark}\"", dom, StringComparison.Ordinal);
    }
}
