using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Clients;

public sealed class GitTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task CloneAndPush_GoThroughTheProxy()
    {
        await InitializeAsync();
        await using var proxied = await ProxiedOrigin.StartAsync(new GitHttpBackend(_folder.PathOf("repositories")).AnswerAsync);
        var git = NewGit(proxied.Proxy);

        (await git.RunAsync("clone", "--quiet", "https://origin.test/project.git", "first")).Succeeded();
        Assert.Equal("hello\n", await File.ReadAllTextAsync(_folder.PathOf("first/greeting.txt")));

        // More than git's buffer holds, so that it is sent in chunks.
        _folder.Write("first/blob.bin", EchoOrigin.Blob);
        (await git.RunAsync("-C", "first", "add", "blob.bin")).Succeeded();
        (await git.RunAsync("-C", "first", "commit", "--quiet", "--message", "Add a blob")).Succeeded();
        (await git.RunAsync("-C", "first", "push", "--quiet")).Succeeded();

        (await git.RunAsync("clone", "--quiet", "https://origin.test/project.git", "second")).Succeeded();
        Assert.Equal(EchoOrigin.Blob, await File.ReadAllBytesAsync(_folder.PathOf("second/blob.bin")));
        await proxied.Proxy.UntilAsync(() => proxied.Proxy.Output.Any(line => line.Contains("/project.git/git-receive-pack 200", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task WithoutTheRootCertificate_Refuses()
    {
        await InitializeAsync();
        await using var proxied = await ProxiedOrigin.StartAsync(new GitHttpBackend(_folder.PathOf("repositories")).AnswerAsync);
        var git = NewGit(proxied.Proxy);
        git.Environment.Remove("GIT_SSL_CAINFO");

        var run = await git.RunAsync("clone", "https://origin.test/project.git", "first");

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("server certificate verification failed", run.Errors, StringComparison.Ordinal);
        Assert.Equal(0, proxied.Origin.RequestCount);
    }

    public void Dispose() => _folder.Dispose();

    private ClientProgram NewGit(ProxyProcess? proxy)
    {
        var git = new ClientProgram("git", "git", _folder.FullName)
        {
            Environment =
            {
                ["GIT_CONFIG_NOSYSTEM"] = "1",
                ["GIT_TERMINAL_PROMPT"] = "0",
                ["GIT_CURL_VERBOSE"] = "1",
                ["GIT_TRACE_CURL_NO_DATA"] = "1",
                ["GIT_AUTHOR_NAME"] = "Test",
                ["GIT_AUTHOR_EMAIL"] = "test@origin.test",
                ["GIT_COMMITTER_NAME"] = "Test",
                ["GIT_COMMITTER_EMAIL"] = "test@origin.test",
            },
        };
        if (proxy is null) return git;
        git.Environment["HTTPS_PROXY"] = proxy.Url;
        git.Environment["GIT_SSL_CAINFO"] = proxy.RootCertificatePath;
        return git;
    }

    /// <summary>A bare repository with one commit.</summary>
    private async Task InitializeAsync()
    {
        var git = NewGit(null);
        (await git.RunAsync("init", "--quiet", "--initial-branch=main", "work")).Succeeded();
        _folder.Write("work/greeting.txt", "hello\n");
        (await git.RunAsync("-C", "work", "add", ".")).Succeeded();
        (await git.RunAsync("-C", "work", "commit", "--quiet", "--message", "Greet")).Succeeded();
        (await git.RunAsync("clone", "--quiet", "--bare", "work", "repositories/project.git")).Succeeded();
    }
}
