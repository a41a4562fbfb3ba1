using System.IO.Compression;
using System.Xml.Linq;
using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Packages;

/// <summary>All packages of the repository, packed from what was built with the tests.</summary>
public sealed class PackedFolder : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>A folder for whoever uses the packages. NuGet knows no other source in it, and keeps nothing elsewhere.</summary>
    public string Workplace => _folder.PathOf("work");

    private string Packages => _folder.PathOf("packages");

    public async Task InitializeAsync()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)).Parent!.Name;
        _folder.Write("work/nuget.config", $"""
            <configuration>
              <packageSources><clear /><add key="packed" value="{Packages}" /></packageSources>
              <config><add key="globalPackagesFolder" value="{_folder.PathOf("global")}" /></config>
            </configuration>
            """);
        (await DotnetAsync(Repository.Root, "pack", "ScriptProxy.sln", "--no-build", "-c", configuration, "-o", Packages)).Succeeded();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _folder.Dispose();

    /// <summary>Runs dotnet to its end.</summary>
    internal Task<ProgramRun> DotnetAsync(string folder, params string[] arguments) => ToolAsync("dotnet", folder, arguments);

    /// <summary>Runs a program to its end.</summary>
    internal Task<ProgramRun> ToolAsync(string program, string folder, params string[] arguments) =>
        new ClientProgram(program, "dotnet-sdk-10.0", folder)
        {
            Environment =
            {
                ["HOME"] = _folder.FullName,
                ["NUGET_PACKAGES"] = folder == Repository.Root ? Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? "" : "",
                ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
                ["DOTNET_NOLOGO"] = "1",
                ["DOTNET_ROOT"] = Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "",
                ["MSBUILDDISABLENODEREUSE"] = "1",
            },
        }.RunAsync(arguments);

    /// <summary>The files of a package.</summary>
    /// <param name="name">Its identifier.</param>
    /// <param name="extension">nupkg or snupkg.</param>
    public IReadOnlyList<string> Entries(string name, string extension = "nupkg")
    {
        using var package = ZipFile.OpenRead(PathOf(name, extension));
        return [.. package.Entries.Select(entry => entry.FullName)];
    }

    /// <summary>The metadata of a package.</summary>
    public XElement Metadata(string name)
    {
        using var package = ZipFile.OpenRead(PathOf(name, "nupkg"));
        using var nuspec = package.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(nuspec).Root!.Elements().Single();
    }

    private string PathOf(string name, string extension) =>
        Directory.EnumerateFiles(Packages, $"{name}.*.{extension}").Single(path => char.IsAsciiDigit(Path.GetFileName(path)[name.Length + 1]));
}
