namespace ScriptProxy.Analyzers.Tests;

public class UncheckedBodyAnalyzerTests
{
    [Theory]
    [InlineData("await flow.Response!.ReadTextAsync()", "ReadTextAsync")]
    [InlineData("await flow.Request.ReadBytesAsync(flow.Aborted)", "ReadBytesAsync")]
    [InlineData("await flow.Response!.ReadJsonAsync<string>()", "ReadJsonAsync")]
    public async Task ReadOfAnyBody_IsReported(string read, string method)
    {
        var found = await Analysis.OfAddonAsync($$"""public override async ValueTask OnResponseAsync(HttpFlow flow) { _ = {{read}}; }""");

        Assert.Equal([$"SP2003: {method} reads every body into memory: check ContentType or ContentLength first, or catch BodyTooLargeException"], found);
    }

    [Theory]
    [InlineData("if (flow.Response!.ContentType == \"text/html\") await flow.Response.ReadTextAsync();")]
    [InlineData("if (flow.Response!.ContentLength < 1000) await flow.Response.ReadTextAsync();")]
    [InlineData("if (flow.Response!.Headers[\"content-type\"] == \"text/html\") await flow.Response.ReadTextAsync();")]
    [InlineData("try { await flow.Response!.ReadTextAsync(); } catch (BodyTooLargeException) { }")]
    [InlineData("flow.Response!.SetText(\"x\");")]
    public async Task ReadOfCheckedBodies_IsNotReported(string statement) =>
        Assert.Empty(await Analysis.OfAddonAsync($$"""public override async ValueTask OnResponseAsync(HttpFlow flow) { {{statement}} await Task.Yield(); }"""));
}
