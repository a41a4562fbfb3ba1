using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Running;

public sealed class ReloadTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly TemporaryFolder _folder = new();
    private TestOrigin _origin = null!;
    private ProxyProcess _proxy = null!;

    public async Task InitializeAsync()
    {
        _origin = await TestOrigin.StartAsync(EchoOrigin.AnswerAsync);
        Save("first");
        _proxy = await ProxyProcess.StartListeningAsync(_folder.FullName, "-s", "mark.csx", "--upstream-ca", _origin.RootCertificatePath);
    }

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _origin.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task SavedScript_GoesLive()
    {
        using var client = _proxy.CreateClient();
        Assert.Equal("first", await AskAsync(client));

        Save("second");

        await UntilAnsweredAsync(client, "second");
    }

    [Fact]
    public async Task BrokenSave_LeavesTheRunningVersionAndNamesThePlace()
    {
        using var client = _proxy.CreateClient();

        _folder.Write("mark.csx", "void OnRequest(HttpFlow flow)\n{\n    flow.Reqest.Headers.Remove(\"Cookie\");\n}\n");
        var line = await _proxy.UntilLoggedAsync("mark.csx(3,10): error CS1061: ");

        Assert.Contains("Reqest", line, StringComparison.Ordinal);
        Assert.Equal("first", await AskAsync(client));

        Save("third");

        await UntilAnsweredAsync(client, "third");
    }

    [Fact]
    public async Task SaveByRename_GoesLive()
    {
        using var client = _proxy.CreateClient();

        File.Move(_folder.Write("mark.csx.new", Script("renamed")), _folder.PathOf("mark.csx"), overwrite: true);

        await UntilAnsweredAsync(client, "renamed");
    }

    private static string Script(string mark) => $"""void OnRequest(HttpFlow flow) => flow.Request.Headers["{EchoOrigin.ThroughHeader}"] = "{mark}";""";

    private void Save(string mark) => _folder.Write("mark.csx", Script(mark));

    private async Task<string?> AskAsync(HttpClient client) => EchoAnswer.Parse(await client.GetStringAsync($"https://localhost:{_origin.HttpsEndPoint.Port}/echo")).Through;

    private async Task UntilAnsweredAsync(HttpClient client, string mark)
    {
        var last = "";
        await Eventually.TrueAsync(async () => (last = await AskAsync(client)) == mark, () => $"The last answer was {last}. {_proxy.Told}", Patience);
    }
}
