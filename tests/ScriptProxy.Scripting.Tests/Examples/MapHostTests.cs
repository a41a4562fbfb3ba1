using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class MapHostTests
{
    [Fact]
    public async Task Request_GoesToTheOtherHost()
    {
        await using var host = await ExampleScripts.LoadAsync("map-host.csx", "map-host.hosts={www.example: staging.example}");
        var mapped = FlowBuilder.Get("https://www.example/path").Build();
        var other = FlowBuilder.Get("https://origin.test/path").Build();

        await host.RunAsync(mapped);
        await host.RunAsync(other);

        Assert.Equal("https://staging.example/path", mapped.Request.Url);
        Assert.Equal("staging.example", mapped.Request.Headers["Host"]);
        Assert.Equal("https://origin.test/path", other.Request.Url);
    }
}
