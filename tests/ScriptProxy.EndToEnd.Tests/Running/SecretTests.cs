using System.Net.Http.Headers;
using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Running;

public sealed class SecretTests : IDisposable
{
    private const string Secret = "hunter2";
    private const string Redacted = "c4rds";

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("info")]
    [InlineData("trace")]
    public async Task Secrets_AreInNoOutput(string level)
    {
        await using var origin = await TestOrigin.StartAsync(context =>
        {
            context.Response.Headers.SetCookie = $"session={Secret}; Path=/";
            context.Response.Headers.Location = $"https://user:{Secret}@origin.test/?access_token={Secret}";
            context.Response.Headers["X-Card"] = Redacted;
            context.Response.StatusCode = 302;
            return Task.CompletedTask;
        });
        _folder.Write("cards.csx", """void OnRequest(HttpFlow flow) => flow.Request.Headers.Redact("X-Card");""");
        await using var proxy = await ProxyProcess.StartListeningAsync(
            _folder.FullName, "-v", "-s", "cards.csx", "--log-file", "logs/proxy.log", "--log-level", level, "--upstream-ca", origin.RootCertificatePath);

        await AskAsync(proxy, "1.1", $"http://127.0.0.1:{origin.HttpEndPoint.Port}/plain?token={Secret}");
        await AskAsync(proxy, "1.1", $"https://localhost:{origin.HttpsEndPoint.Port}/http1?token={Secret}");
        await AskAsync(proxy, "2.0", $"https://localhost:{origin.HttpsEndPoint.Port}/http2?token={Secret}");
        await AskAsync(proxy, "1.1", $"https://no-such-host.invalid/unknown?token={Secret}");
        await proxy.UntilAsync(() => proxy.Output.Count(line => line.Contains("token=***", StringComparison.Ordinal)) >= 4);
        proxy.Signal("TERM");
        Assert.Equal(0, await proxy.ExitAsync());

        var log = string.Concat(Directory.GetFiles(_folder.PathOf("logs")).Select(File.ReadAllText));
        Assert.Contains("/http2?token=***", log, StringComparison.Ordinal);
        Assert.Contains("  > Authorization: Bearer ***", proxy.Told, StringComparison.OrdinalIgnoreCase);
        foreach (var text in new[] { log, proxy.Told })
        {
            Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
            Assert.DoesNotContain(Redacted, text, StringComparison.Ordinal);
        }
    }

    public void Dispose() => _folder.Dispose();

    private static async Task AskAsync(ProxyProcess proxy, string version, string url)
    {
        using var client = proxy.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, url) { Version = Version.Parse(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Secret);
        request.Headers.Add("Cookie", $"session={Secret}");
        request.Headers.Add("X-Api-Key", Secret);
        request.Headers.Add("X-Card", Redacted);
        using var response = await client.SendAsync(request);
    }
}
