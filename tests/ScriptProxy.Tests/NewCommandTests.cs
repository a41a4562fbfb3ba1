namespace ScriptProxy.Tests;

public class NewCommandTests
{
    [Theory]
    [InlineData("script", "mask", "mask.csx")]
    [InlineData("script", "My_mask-2", "My_mask-2.csx")]
    [InlineData("addon", "mask", "mask.cs")]
    [InlineData("addon", "task", "task.cs")]
    [InlineData("addon", "addon", "addon.cs")]
    [InlineData("addon", "http-flow", "http-flow.cs")]
    public async Task WhatIsWritten_RunsAsItIs(string kind, string name, string file)
    {
        await using var writing = CommandProcess.Start(null, "new", kind, name);
        Assert.Equal(0, await writing.ExitAsync());
        Assert.Equal([$"Wrote {file}", "Next:", $"  scriptproxy -s {file}"], writing.Output);

        var text = File.ReadAllText(writing.PathOf(file));
        await using var running = CommandProcess.Start(folder => File.WriteAllText(Path.Combine(folder, file), text), "-s", file, "--set", $"{name.ToLowerInvariant().Replace('_', '-')}.header=X-Other");
        await running.ListeningAsync();

        await running.UntilAsync(() => running.Errors.Any(line => line == $"Scripts: {file}"));
        Assert.DoesNotContain(running.Errors, line => line.Contains("warning", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SingleFileAddon_IsExecutable()
    {
        if (OperatingSystem.IsWindows()) return;
        await using var process = CommandProcess.Start(null, "new", "addon", "mask");
        Assert.Equal(0, await process.ExitAsync());

        Assert.True(File.GetUnixFileMode(process.PathOf("mask.cs")).HasFlag(UnixFileMode.UserExecute));
        Assert.StartsWith("#!/usr/bin/env -S scriptproxy -s\n", File.ReadAllText(process.PathOf("mask.cs")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plugin_HasAProjectAndATestProject()
    {
        await using var process = CommandProcess.Start(null, "new", "plugin", "my-mask");
        Assert.Equal(0, await process.ExitAsync());

        Assert.Equal(
            ["MyMask.Tests/MyMask.Tests.csproj", "MyMask.Tests/MyMaskTests.cs", "MyMask/MyMask.cs", "MyMask/MyMask.csproj"],
            Directory.EnumerateFiles(process.PathOf("my-mask"), "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(process.PathOf("my-mask"), file).Replace('\\', '/')).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task VersionsOfTestPackages_AreThoseOfThisRepository()
    {
        await using var process = CommandProcess.Start(null, "new", "plugin", "mask");
        Assert.Equal(0, await process.ExitAsync());

        var project = File.ReadAllLines(process.PathOf("mask/Mask.Tests/Mask.Tests.csproj"));
        var versions = File.ReadAllText(Path.Combine(Repository.Root, "Directory.Packages.props"));
        var packages = project.Where(line => line.Contains("<PackageReference", StringComparison.Ordinal) && !line.Contains("ScriptProxy.", StringComparison.Ordinal)).Select(line => line.Trim().Split('"')).ToList();
        Assert.Equal(3, packages.Count);
        Assert.All(packages, package => Assert.Contains($"<PackageVersion Include=\"{package[1]}\" Version=\"{package[3]}\" />", versions, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("script", "mask.csx")]
    [InlineData("addon", "mask.cs")]
    [InlineData("plugin", "mask/x")]
    public async Task WhatIsThere_IsNotOverwritten(string kind, string file)
    {
        await using var process = CommandProcess.Start(
            folder =>
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, file))!);
                File.WriteAllText(Path.Combine(folder, file), "mine");
            },
            "new", kind, "mask");

        Assert.Equal(2, await process.ExitAsync());
        Assert.Equal($"{file.Split('/')[0]}: is there already, and is not overwritten. Choose another name, or remove it.", Assert.Single(process.Errors));
        Assert.Equal("mine", File.ReadAllText(process.PathOf(file)));
    }

    [Theory]
    [InlineData("../mask", "")]
    [InlineData("mask.csx", " Write it without .csx.")]
    [InlineData("2mask", "")]
    [InlineData("ma sk", "")]
    [InlineData("COM1", "")]
    public async Task NameThatIsNone_IsRefused(string name, string remedy)
    {
        await using var process = CommandProcess.Start(null, "new", "script", name);

        Assert.Equal(2, await process.ExitAsync());
        Assert.Equal($"NAME \"{name}\": expected a letter, then letters, digits, - and _, 60 at most, and no name of a device.{remedy}", Assert.Single(process.Errors));
    }

    [Theory]
    [InlineData("new", "new: expected script, addon or plugin, and a NAME.")]
    [InlineData("new scrpt mask", "scrpt: there is no such kind; did you mean script?")]
    [InlineData("new script", "NAME: expected after script, got nothing.")]
    [InlineData("new script a b", "b: script takes no such argument.")]
    public async Task WrongUse_IsOneLine(string words, string expected)
    {
        await using var process = CommandProcess.Start(null, words.Split(' '));

        Assert.Equal(2, await process.ExitAsync());
        Assert.Equal(expected, Assert.Single(process.Errors));
    }
}
