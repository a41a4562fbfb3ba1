using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class MockTests
{
    [Theory]
    [InlineData("GET", "/users/1", 200, """{"id": 1, "name": "Ada"}""")]
    [InlineData("POST", "/users", 201, """{"id": 2}""")]
    [InlineData("GET", "/old", 302, "")]
    [InlineData("GET", "/other", 404, "Not mocked.")]
    public async Task Request_IsAnsweredInsteadOfTheOrigin(string method, string path, int status, string body)
    {
        await using var host = await ExampleScripts.LoadAsync("mock.csx");
        var flow = FlowBuilder.Of(method, "https://api.example" + path).Build();

        await host.RunAsync(flow);

        Assert.Equal(status, flow.Response!.StatusCode);
        Assert.Equal(body, flow.ReceivedText);
        Assert.False(flow.ReachedOrigin);
        Assert.Contains("mocked", flow.Tags);
    }

    [Fact]
    public async Task OtherHost_IsLeftAlone()
    {
        await using var host = await ExampleScripts.LoadAsync("mock.csx");
        var flow = FlowBuilder.Get("https://origin.test/users/1").Build();

        await host.RunAsync(flow);

        Assert.True(flow.ReachedOrigin);
        Assert.Empty(flow.Tags);
    }
}
