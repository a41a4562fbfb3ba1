using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class StreamModifyTests
{
    [Theory]
    [InlineData("text/plain", "A WORD IN TWO PIECES")]
    [InlineData("text/html", "a word in two pieces")]
    public async Task Text_IsChangedWhileItPasses(string contentType, string expected)
    {
        await using var host = await ExampleScripts.LoadAsync("stream-modify.csx");
        var flow = FlowBuilder.Get("https://origin.test/")
            .WithResponse(ResponseBuilder.Of(200).WithChunks("a wo", "rd in two pieces").WithHeader("Content-Type", contentType))
            .Build();

        await host.RunAsync(flow);

        Assert.Equal(expected, flow.ReceivedText);
    }
}
