using ScriptProxy.Scripting.Packages;

namespace ScriptProxy.Scripting.Tests.Packages;

public sealed class BuildErrorsTests
{
    private const string Project = "/cache/1/project/mask.csproj";
    private const string Script = "/scripts/mask.cs";

    [Theory]
    [InlineData("/scripts/mask.cs(3,14): error CS0103: The name 'x' does not exist [/cache/1/project/mask.csproj]", "/scripts/mask.cs(3,14): error CS0103: The name 'x' does not exist")]
    [InlineData("/cache/1/project/mask.csproj : error NU1101: Unable to find package Nope. No packages exist with this id [/cache/x]", "/scripts/mask.cs: error NU1101: Unable to find package Nope. No packages exist with this id")]
    [InlineData("MSBUILD : error MSB1009: Project file does not exist.", "/scripts/mask.cs: error MSB1009: Project file does not exist.")]
    public void Error_IsOneLineThatNamesTheScript(string output, string line) => Assert.Equal([line], BuildErrors.Read(["Building…", output, output, "1 Error(s)"], Project, Script));

    [Fact]
    public void ManyErrors_AreCutOff()
    {
        var output = Enumerable.Range(1, 14).Select(line => $"/scripts/mask.cs({line},1): error CS0103: no").ToList();

        var lines = BuildErrors.Read(output, Project, Script);

        Assert.Equal(11, lines.Count);
        Assert.Equal("… and 4 more", lines[^1]);
    }

    [Fact]
    public void OutputWithoutErrors_IsNotLost() => Assert.Equal(
        ["/scripts/mask.cs: error SP1014: dotnet build failed. It said: Segmentation fault"], BuildErrors.Read(["x", "Segmentation fault"], Project, Script));
}
