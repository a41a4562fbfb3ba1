using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests.Examples;

public class EveryExampleTests
{
    public static TheoryData<string> Names => [.. ExampleScripts.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Example_CompilesAndBindsWithoutAWarning(string name)
    {
        var path = Path.Combine(ExampleScripts.Folder, name);
        var script = Scripts.Compiled(path);
        var (addon, warnings) = await Scripts.LoadAsync(path);
        using var disposal = addon;

        Assert.NotEmpty(addon.HookNames);
        Assert.Empty(script.Warnings);
        Assert.Empty(warnings);
        Assert.Null(script.BlockingCall);
    }

    /// <summary>mask.csx has MaskTests, map-local.csx has MapLocalTests, beside this file.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Example_HasTests(string name)
    {
        var words = Path.GetFileNameWithoutExtension(name).Split('-', '_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]);
        var expected = $"{GetType().Namespace}.{string.Concat(words)}Tests";

        var tests = GetType().Assembly.GetType(expected, throwOnError: false, ignoreCase: true);

        Assert.True(tests is not null, $"examples/scripts/{name} needs a class {expected}.");
        Assert.Contains(tests.GetMethods(), method => method.IsDefined(typeof(FactAttribute), inherit: true));
    }
}
