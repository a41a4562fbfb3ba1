using ScriptProxy.Scripting.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class SaveBodiesTests
{
    [Theory]
    [InlineData("image/png", 1)]
    [InlineData("text/html", 0)]
    public async Task Download_IsKeptByItsType(string contentType, int expected)
    {
        using var folder = new ScriptFolder();
        await using var host = await ExampleScripts.LoadAsync("save-bodies.csx", $"save-bodies.folder={folder.PathOf("downloads")}");
        var flow = FlowBuilder.Get("https://origin.test/../../name").WithResponse(200, "pixels", contentType).Build();

        await host.RunAsync(flow);

        Assert.Equal("pixels", flow.ReceivedText);
        var files = Directory.GetFiles(folder.Root, "*", SearchOption.AllDirectories);
        Assert.Equal(expected, files.Length);
        Assert.All(files, file => Assert.Equal("pixels", File.ReadAllText(file)));
    }
}
