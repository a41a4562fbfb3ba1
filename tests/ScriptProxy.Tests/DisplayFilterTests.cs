using System.Net;

namespace ScriptProxy.Tests;

public class DisplayFilterTests
{
    private const string Script = """void OnRequest(HttpFlow flow) => flow.Respond(flow.Request.Path == "/bad" ? 500 : 200);""";

    [Theory]
    [InlineData("--filter", "~c 5xx")]
    [InlineData("--where", "flow.Response.StatusCode >= 500")]
    [InlineData("--where", "flow.Response.StatusCode >= 500 && flow.Server == null || flow.Server.Port == 1")]
    public async Task OnlyFlowsThatMatch_ArePrinted(string option, string filter)
    {
        await using var proxy = CommandProcess.Start(folder => File.WriteAllText(Path.Combine(folder, "say.csx"), Script), "-s", "say.csx", option, filter);
        using var client = new HttpClient(new HttpClientHandler { Proxy = new WebProxy($"http://127.0.0.1:{await proxy.ListeningAsync()}") });

        await client.GetAsync("http://a.test/good");
        await client.GetAsync("http://a.test/bad");

        await proxy.UntilAsync(() => proxy.Output.Length > 0);
        Assert.Contains("/bad", Assert.Single(proxy.Output), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--filter", "~d a & ~x", "--filter: column 8: there is no operator ~x", "           ^")]
    [InlineData("--where", "flow.Nothing", "--where(1,6): error CS1061: ", "         ^")]
    public async Task Mistake_ExitsWith2AndACaret(string option, string filter, string problem, string caret)
    {
        await using var process = CommandProcess.Start(null, option, filter);

        Assert.Equal(2, await process.ExitAsync());
        Assert.StartsWith(problem, process.Errors[0], StringComparison.Ordinal);
        Assert.Equal(["    " + filter, caret], process.Errors[1..]);
    }
}
