using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests.Compiling;

public sealed class SingleFileTests : IDisposable
{
    private const string Class = """
        class Mask : Addon
        {
            public override ValueTask OnRequestAsync(HttpFlow flow) { flow.Tags.Add("mask"); return default; }
        }
        """;

    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ClassWithDirectivesForEditors_IsBound()
    {
        var path = _folder.Write("mask.cs", $"""
            #!/usr/bin/env -S scriptproxy -s
            #:package ScriptProxy.Abstractions@1.0.0
            #:property OutputType=Library
            using ScriptProxy;

            {Class}
            """);
        var (addon, warnings) = await Scripts.LoadAsync(path);
        using var disposal = addon;
        var flow = new TestFlow();

        await addon.Request!(flow);

        Assert.Equal(["mask"], flow.Tags);
        Assert.Empty(warnings);
    }

    [Fact]
    public void IncludedFile_IsCompiledIn()
    {
        var included = _folder.Write("lib/names.cs", "static class Names { public const string Tag = \"x\"; }");
        var path = _folder.Write("mask.cs", $"#:include lib/names.cs\n{Class.Replace("\"mask\"", "Names.Tag", StringComparison.Ordinal)}");

        Assert.Equal([path, included], Scripts.Compiled(path).Files.Select(file => file.Path));
    }

    [Theory]
    [InlineData("#:package Newtonsoft.Json@13.0.3", "(1,1): error SP1007: 'Newtonsoft.Json@13.0.3': packages are restored for a single-file .cs that names them itself")]
    [InlineData("#:include none.cs", "(1,1): error SP1009: ")]
    [InlineData("#:project ../other", "(1,1): error SP1010: '#:project ../other' has no effect in a script.")]
    public void DirectiveThatCannotBeHonoured_IsRefused(string directive, string error)
    {
        var path = _folder.Write("mask.cs", $"{directive}\n{Class}");

        Assert.StartsWith(ScriptMessage.Shown(path) + error, Assert.Single(Scripts.Compile(path).Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void TopLevelCode_IsRefusedWithRemedy()
    {
        var path = _folder.Write("mask.cs", "void OnRequest(HttpFlow flow) { }\nOnRequest(null!);");

        Assert.Contains(Scripts.Compile(path).Errors, error => error.EndsWith("need the extension .csx.", StringComparison.Ordinal));
    }
}
