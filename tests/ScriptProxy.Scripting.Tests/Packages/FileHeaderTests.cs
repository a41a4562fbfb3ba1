using ScriptProxy.Scripting.Packages;
using ScriptProxy.Scripting.Tests.Support;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Tests.Packages;

public sealed class FileHeaderTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Header_IsReadUpToTheFirstCode()
    {
        var header = Read("""
            #!/usr/bin/env -S scriptproxy -s
            // A comment.
            #:package ScriptProxy.Abstractions@0.1.0

            #:package YamlDotNet@16.3.0
            #:package  Other
            #:property Nullable=enable
            #:property Empty
            #:sdk Microsoft.NET.Sdk.Web@10.0
            class Mask { }
            #:package TooLate@1.0
            """);

        Assert.Equal([("YamlDotNet", "16.3.0"), ("Other", null)], header.Packages);
        Assert.Equal([("Nullable", "enable"), ("Empty", "")], header.Properties);
        Assert.Equal("Microsoft.NET.Sdk.Web/10.0", header.Sdk);
    }

    [Fact]
    public void IncludedFiles_AreAmongTheSourcesOnce()
    {
        _folder.Write("lib/a.cs", "#:include ../mask.cs\n#:include b.cs\nclass A { }");
        _folder.Write("lib/b.cs", "class B { }");

        Assert.Equal([_folder.PathOf("mask.cs"), _folder.PathOf("lib/a.cs"), _folder.PathOf("lib/b.cs")], Read("#:include lib/a.cs\n").Sources);
    }

    [Theory]
    [InlineData("mask.cs", "#:package YamlDotNet@16.3.0", true)]
    [InlineData("mask.cs", "#:package scriptproxy.abstractions@1.0", false)]
    [InlineData("mask.cs", "class Mask { }", false)]
    [InlineData("mask.csx", "#:package YamlDotNet@16.3.0", false)]
    [InlineData("none.cs", null, false)]
    public void Build_IsNeededForForeignPackagesOnly(string name, string? content, bool needed)
    {
        if (content is not null) _folder.Write(name, content);

        Assert.Equal(needed, PackageBuilds.IsNeeded(_folder.PathOf(name), new FileSnapshot()));
    }

    private FileHeader Read(string content) => FileHeader.Read(_folder.Write("mask.cs", content), new FileSnapshot());
}
