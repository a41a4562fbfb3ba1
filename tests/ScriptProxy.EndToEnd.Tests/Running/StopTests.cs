using Microsoft.AspNetCore.Http;
using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Running;

public sealed class StopTests : IDisposable
{
    private const int Half = 1_000_000;

    private readonly TemporaryFolder _folder = new();
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task TermDuringADownload_LetsItFinish(string version)
    {
        await using var origin = await TestOrigin.StartAsync(SendInTwoHalvesAsync);
        await using var proxy = await ProxyProcess.StartListeningAsync(_folder.FullName, "--shutdown-timeout", "1h", "--upstream-ca", origin.RootCertificatePath);
        using var client = proxy.CreateClient(Version.Parse(version));
        using var response = await client.GetAsync($"https://localhost:{origin.HttpsEndPoint.Port}/", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[Half]);

        proxy.Signal("TERM");
        await proxy.UntilRefusingAsync();
        _goOn.SetResult();

        await body.ReadExactlyAsync(new byte[Half]);
        Assert.Equal(0, await body.ReadAsync(new byte[1]));
        Assert.Equal(0, await proxy.ExitAsync());
    }

    [Fact]
    public async Task TermDuringADownloadThatStandsStill_CutsItWhenTheTimeIsOver()
    {
        await using var origin = await TestOrigin.StartAsync(SendInTwoHalvesAsync);
        await using var proxy = await ProxyProcess.StartListeningAsync(_folder.FullName, "--shutdown-timeout", "500ms", "--upstream-ca", origin.RootCertificatePath);
        using var client = proxy.CreateClient();
        using var response = await client.GetAsync($"https://localhost:{origin.HttpsEndPoint.Port}/", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[Half]);

        proxy.Signal("TERM");

        // What was cut must not look complete.
        await Assert.ThrowsAnyAsync<IOException>(async () => await body.ReadExactlyAsync(new byte[Half]));
        Assert.Equal(0, await proxy.ExitAsync());
    }

    public void Dispose()
    {
        _goOn.TrySetResult();
        _folder.Dispose();
    }

    private async Task SendInTwoHalvesAsync(HttpContext context)
    {
        await context.Response.Body.WriteAsync(new byte[Half]);
        await context.Response.Body.FlushAsync();
        await _goOn.Task.WaitAsync(Eventually.Patience, context.RequestAborted);
        await context.Response.Body.WriteAsync(new byte[Half]);
    }
}
