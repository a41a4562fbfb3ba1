namespace ScriptProxy.EndToEnd.Tests.Packages;

public sealed class PackageTests(PackedFolder packed) : IClassFixture<PackedFolder>
{
    [Theory]
    [InlineData("ScriptProxy.Abstractions")]
    [InlineData("ScriptProxy.Engine")]
    [InlineData("ScriptProxy.Scripting")]
    [InlineData("ScriptProxy.Testing")]
    public void Library_HasDocumentationSymbolsReadmeAndLicence(string name)
    {
        var entries = packed.Entries(name);

        Assert.Contains($"lib/net10.0/{name}.dll", entries);
        Assert.Contains($"lib/net10.0/{name}.xml", entries);
        Assert.Contains("README.md", entries);
        Assert.Contains("LICENSE", entries);
        Assert.Contains($"lib/net10.0/{name}.pdb", packed.Entries(name, "snupkg"));
        var metadata = packed.Metadata(name);
        Assert.Equal("MIT", metadata.Elements().Single(element => element.Name.LocalName == "license").Value);
        Assert.Equal("README.md", metadata.Elements().Single(element => element.Name.LocalName == "readme").Value);
    }

    [Fact]
    public void Abstractions_NeedNothingElse() =>
        Assert.DoesNotContain(packed.Metadata("ScriptProxy.Abstractions").Descendants(), element => element.Name.LocalName is "dependency" or "frameworkReference");

    [Fact]
    public async Task Tool_IsInstalledAndRuns()
    {
        Directory.CreateDirectory(packed.Workplace);
        var tools = Path.Combine(packed.Workplace, "tools");
        var version = packed.Metadata("scriptproxy").Elements().Single(element => element.Name.LocalName == "version").Value;

        (await packed.DotnetAsync(packed.Workplace, "tool", "install", "scriptproxy", "--version", version, "--tool-path", tools)).Succeeded();
        var run = (await packed.ToolAsync(Path.Combine(tools, "scriptproxy"), packed.Workplace, "version")).Succeeded();

        Assert.Contains(version, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Analyzers_RunWhereAbstractionsAreReferenced()
    {
        var project = Path.Combine(packed.Workplace, "addon");
        Directory.CreateDirectory(project);
        var version = packed.Metadata("ScriptProxy.Abstractions").Elements().Single(element => element.Name.LocalName == "version").Value;
        await File.WriteAllTextAsync(Path.Combine(project, "addon.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
              <ItemGroup><PackageReference Include="ScriptProxy.Abstractions" Version="{version}" /></ItemGroup>
            </Project>
            """);
        await File.WriteAllTextAsync(Path.Combine(project, "Slow.cs"), """
            using ScriptProxy;

            public sealed class Slow : Addon
            {
                public override ValueTask OnRequestAsync(HttpFlow flow)
                {
                    Thread.Sleep(1);
                    return default;
                }
            }
            """);

        var run = (await packed.DotnetAsync(project, "build", "--nologo")).Succeeded();

        Assert.Contains("Slow.cs(7,9): warning SP2001", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("CS9057", run.Output, StringComparison.Ordinal);
    }
}
