namespace ScriptProxy.Analyzers.Tests;

public class LoggedSecretAnalyzerTests
{
    private const string Members = "AddonContext _log = null!; public override ValueTask OnRequestAsync(HttpFlow flow) { STATEMENT return default; }";

    [Theory]
    [InlineData("_log.Log($\"{flow.Request.Headers[\"Authorization\"]}\");", "The header Authorization")]
    [InlineData("_log.LogWarning(\"a \" + flow.Request.Headers[\"X-Api-Key\"]);", "The header X-Api-Key")]
    [InlineData("_log.Log(string.Join(\", \", flow.Request.Headers.GetAll(\"Cookie\")));", "The header Cookie")]
    [InlineData("Console.WriteLine(flow.Request.Url);", "Url")]
    [InlineData("_log.Log(flow.Request.Query);", "Query")]
    [InlineData("System.Diagnostics.Trace.WriteLine(flow.Request.Target);", "Target")]
    public async Task SecretInALog_IsReported(string statement, string secret)
    {
        var found = await Analysis.OfAddonAsync(Members.Replace("STATEMENT", statement, StringComparison.Ordinal));

        Assert.Equal([$"SP2004: {secret} may hold a secret, and what an addon logs itself is not masked"], found);
    }

    [Theory]
    [InlineData("_log.Log($\"{flow.Request.Host}{flow.Request.Path} {flow.Request.Headers[\"User-Agent\"]}\");")]
    [InlineData("flow.Request.Headers[\"Authorization\"] = \"none\";")]
    [InlineData("flow.Tags.Add(flow.Request.Headers[\"Authorization\"]!);")]
    [InlineData("_log.Log($\"{flow.Request.Headers.Contains(\"Authorization\")}\");")]
    public async Task OtherUse_IsNotReported(string statement) =>
        Assert.Empty(await Analysis.OfAddonAsync(Members.Replace("STATEMENT", statement, StringComparison.Ordinal)));
}
