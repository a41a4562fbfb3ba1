using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class JsonTests
{
    [Theory]
    [InlineData("application/json", """{"users":[{"name":"Ada","password":"x"}],"token":{"a":1}}""", """{"users":[{"name":"Ada","password":"***"}],"token":"***"}""")]
    [InlineData("application/json", """{ "name" :  "Ada" }""", """{ "name" :  "Ada" }""")]
    [InlineData("text/plain", """{"password":"x"}""", """{"password":"x"}""")]
    public async Task Fields_AreHiddenAndTheRestIsLeft(string contentType, string sent, string received)
    {
        await using var host = await ExampleScripts.LoadAsync("json.csx");
        var flow = FlowBuilder.Get("https://origin.test/").WithResponse(200, sent, contentType).Build();

        await host.RunAsync(flow);

        Assert.Equal(received, flow.ReceivedText);
    }
}
