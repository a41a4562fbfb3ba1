using ScriptProxy.EndToEnd.Tests.Addons.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Addons;

[Collection(ShippedAddons.Name)]
public sealed class MirrorTests(AddonsFixture addons)
{
    [Fact]
    public async Task Copies_ReachTheTarget_AndNobodyWaitsForThem()
    {
        var copies = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var target = await TestOrigin.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            copies.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString} {context.Request.Headers["X-Tag"]} {await reader.ReadToEndAsync()}");
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        await using var run = await addons.StartAsync($"  mirror: {{target: 'http://{target.HttpEndPoint}', filter: '!~u /alone'}}");

        Assert.StartsWith("POST /a?b=c", await run.GetAsync("/a?b=c", "--data", "hello", "--header", "X-Tag: blue"), StringComparison.Ordinal);
        Assert.StartsWith("POST /gone", await run.GetAsync("https://origin.test/gone", "--data", "two"), StringComparison.Ordinal);
        await run.GetAsync("/alone");
        await run.Proxy.UntilAsync(() => copies.Count == 2);

        Assert.Equal(["POST /a?b=c blue hello", "POST /gone  two"], copies.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task TargetThatIsDown_IsToldOnceAndHarmsNobody()
    {
        await using var run = await addons.StartAsync("  mirror: {target: 'http://127.0.0.1:1'}");

        await run.GetAsync("/a");

        await run.Proxy.UntilLoggedAsync("mirror.csx: 1 copies failed");
    }
}
