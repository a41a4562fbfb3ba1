using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class ShadowTests
{
    [Theory]
    [InlineData(200, "/page: both answer 200")]
    [InlineData(404, "/page: the origin answers 200, the shadow 404")]
    public async Task Get_IsCopiedAndCompared(int status, string expected)
    {
        await using var shadow = await TestOrigin.StartAsync(context =>
        {
            context.Response.StatusCode = context.Request.QueryString.Value == "?a=1" ? status : 500;
            return Task.CompletedTask;
        });
        await using var host = await ExampleScripts.LoadAsync("shadow.csx", $"shadow.to=http://{shadow.HttpEndPoint}");

        await host.RunAsync(FlowBuilder.Get("https://origin.test/page?a=1").Build());

        await host.WaitForLogAsync(expected);
    }

    [Fact]
    public async Task Post_IsNotCopied()
    {
        await using var shadow = await TestOrigin.StartAsync(_ => Task.CompletedTask);
        await using var host = await ExampleScripts.LoadAsync("shadow.csx", $"shadow.to=http://{shadow.HttpEndPoint}");

        await host.RunAsync(FlowBuilder.Post("https://origin.test/first").Build());
        await host.RunAsync(FlowBuilder.Get("https://origin.test/second").Build());

        await host.WaitForLogAsync("/second: both");
        Assert.Equal(1, shadow.RequestCount);
    }
}
