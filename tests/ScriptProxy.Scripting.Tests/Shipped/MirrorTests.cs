using System.Collections.Concurrent;
using ScriptProxy.Scripting.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Shipped;

public class MirrorTests
{
    [Fact]
    public async Task Copy_ReachesTheOtherOriginAsTheRequestWas()
    {
        var seen = new ConcurrentQueue<string>();
        await using var shadow = await TestOrigin.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            seen.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString} {context.Request.Headers["X-Tag"]} {await reader.ReadToEndAsync()}");
        });
        await using var host = await ShippedScripts.LoadAsync("mirror", $"target=http://{shadow.HttpEndPoint}/", "filter=~m POST");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Post("http://a.test/x?y=1").WithHeader("X-Tag", "blue").WithText("body").WithResponse(200, "origin"));
        await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/no"));

        Assert.Equal(("body", "origin"), (flow.SentText, flow.ReceivedText));
        await Eventually.HoldsAsync(() => !seen.IsEmpty);
        Assert.Equal("POST /x?y=1 blue body", seen.First());
        Assert.Single(seen);
    }

    [Fact]
    public async Task TargetThatIsDown_IsToldOnceAndHurtsNobody()
    {
        await using var host = await ShippedScripts.LoadAsync("mirror", "target=http://127.0.0.1:1/");

        Assert.Equal(200, (await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/"))).Response!.StatusCode);

        await host.WaitForLogAsync("mirror.csx: 1 copies failed");
    }

    [Fact]
    public async Task BodyThatIsTooLongToBeRead_PassesWithoutACopy()
    {
        await using var host = await ShippedScripts.LoadAsync("mirror", "target=http://127.0.0.1:1/");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Post("https://a.test/").WithBodyLimit(10).WithText("longer than ten bytes").WithResponse(200));

        Assert.Equal((true, "longer than ten bytes"), (flow.ReachedOrigin, flow.SentText));
        await host.WaitForLogAsync("1 copies were left out, as their body is longer than --body-limit");
    }
}
