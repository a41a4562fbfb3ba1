using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests.Compiling;

public sealed class ScriptCompilerTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task TopLevelState_IsSharedByHooks()
    {
        var path = _folder.Write("count.csx", """
            var seen = 0;
            seen = await Task.FromResult(40);
            void OnRequest(HttpFlow flow) => seen++;
            void OnResponse(HttpFlow flow) => flow.Tags.Add($"{++seen}");
            """);
        var (addon, warnings) = await Scripts.LoadAsync(path);
        using var disposal = addon;
        var flow = new TestFlow();

        await addon.Request!(flow);
        await addon.Response!(flow);

        Assert.Equal(["42"], flow.Tags);
        Assert.Empty(warnings);
    }
}
