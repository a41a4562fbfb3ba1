using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests.Compiling;

public sealed class ReferenceTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task DllBesideScript_IsLoadedWithWhatItNeeds()
    {
        Libraries.Build(_folder.PathOf("lib/Deep.dll"), "public static class Deep { public static string Name => \"deep\"; }");
        Libraries.Build(_folder.PathOf("lib/Shallow.dll"), "public static class Shallow { public static string Name => Deep.Name; }", _folder.PathOf("lib/Deep.dll"));
        var path = _folder.Write("mask.csx", "#r \"lib/Shallow.dll\"\nvoid OnRequest(HttpFlow flow) => flow.Tags.Add(Shallow.Name);");
        var (addon, _) = await Scripts.LoadAsync(path);
        using var disposal = addon;
        var flow = new TestFlow();

        await addon.Request!(flow);

        Assert.Equal(["deep"], flow.Tags);
    }

    [Fact]
    public async Task TwoScripts_HaveTheirOwnVersionsOfALibrary()
    {
        var tags = new List<string>();
        foreach (var version in new[] { "one", "two" })
        {
            Libraries.Build(_folder.PathOf($"{version}/Lib.dll"), $"public static class Lib {{ public static string Name => \"{version}\"; }}");
            var path = _folder.Write($"{version}/mask.csx", "#r \"Lib.dll\"\nvoid OnRequest(HttpFlow flow) => flow.Tags.Add(Lib.Name);");
            var (addon, _) = await Scripts.LoadAsync(path);
            using var disposal = addon;
            var flow = new TestFlow();
            await addon.Request!(flow);
            tags.AddRange(flow.Tags);
        }

        Assert.Equal(["one", "two"], tags);
    }

    [Fact]
    public void Dll_IsAmongTheFilesAndNotLocked()
    {
        var library = _folder.PathOf("Lib.dll");
        Libraries.Build(library, "public static class Lib { }");
        var path = _folder.Write("mask.csx", "#r \"Lib.dll\"\nvoid OnRequest(HttpFlow flow) { }");

        var script = Scripts.Compiled(path);
        File.Delete(library);

        Assert.Contains(script.Files, file => file.Path == library && file.Hash is not null);
        Assert.Equal("Lib", Assert.Single(script.References).Name);
    }

    [Theory]
    [InlineData("none.dll", "Metadata file 'none.dll' could not be found")]
    [InlineData("No.Such.Framework.Part", "Metadata file 'No.Such.Framework.Part' could not be found")]
    [InlineData("text.dll", "Metadata file 'text.dll' could not be found")]
    public void UnknownReference_IsNamed(string reference, string message)
    {
        _folder.Write("text.dll", "not an assembly");
        var path = _folder.Write("mask.csx", $"#r \"{reference}\"\nvoid OnRequest(HttpFlow flow) {{ }}");

        Assert.Equal([$"{ScriptMessage.Shown(path)}(1,1): error CS0006: {message}"], Scripts.Compile(path).Errors);
    }

    [Theory]
    [InlineData("Microsoft.Extensions.Logging.Abstractions", "Microsoft.Extensions.Logging.LogLevel")]
    [InlineData("System.Xml", "System.Xml.XmlReader")]
    public void PartOfTheFramework_IsFoundByName(string reference, string type) =>
        Scripts.Compiled(_folder.Write("mask.csx", $"#r \"{reference}\"\nType type = typeof({type});\nvoid OnRequest(HttpFlow flow) {{ }}"));

    [Theory]
    [InlineData("nuget: ScriptProxy.Abstractions, 1.0.0")]
    [InlineData("nuget:scriptproxy.abstractions")]
    [InlineData("ScriptProxy.Abstractions")]
    public void ContractPackage_IsAlwaysThere(string reference) =>
        Scripts.Compiled(_folder.Write("mask.csx", $"#r \"{reference}\"\nvoid OnRequest(HttpFlow flow) {{ }}"));

    [Fact]
    public void OtherPackage_IsRefusedWithRemedy()
    {
        var path = _folder.Write("mask.csx", "#r \"nuget: Newtonsoft.Json, 13.0.3\"\nvoid OnRequest(HttpFlow flow) { }");

        Assert.Equal(
            [$"{ScriptMessage.Shown(path)}(1,1): error SP1007: {ScriptErrors.PackageMessage("nuget: Newtonsoft.Json, 13.0.3")}"],
            Scripts.Compile(path).Errors);
    }

    [Fact]
    public void ApplicationLibrary_IsNotForScripts()
    {
        var path = _folder.Write("mask.csx", "#r \"ScriptProxy.Engine\"\nvoid OnRequest(HttpFlow flow) { }");

        Assert.Contains("error CS0006", Assert.Single(Scripts.Compile(path).Errors), StringComparison.Ordinal);
    }
}
