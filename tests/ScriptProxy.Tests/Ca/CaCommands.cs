using System.Diagnostics;
using System.Text.Json;
using ScriptProxy.Cli;

namespace ScriptProxy.Tests.Ca;

/// <summary>Runs scriptproxy ca … and programs of others in a folder of its own, whose certificate folder is "ca".</summary>
internal sealed class CaCommands : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("scriptproxy-ca-");

    public string CaDirectory => PathOf("ca");

    public string Output { get; private set; } = "";

    public string Error { get; private set; } = "";

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    public string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }

    /// <summary>Runs it; file names among the words that begin with "@" are in the folder.</summary>
    public async Task<int> RunAsync(params string[] words)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var command = new CommandLine(output, error, name => name == "SCRIPTPROXY_CA_DIR" ? CaDirectory : null);
        var exitCode = await command.RunAsync(["ca", .. words.Select(word => word.StartsWith('@') ? PathOf(word[1..]) : word)]);
        (Output, Error) = (output.ToString(), error.ToString());
        return exitCode;
    }

    /// <summary>Fails the test unless it succeeds.</summary>
    public async Task<string> SucceedAsync(params string[] words)
    {
        Assert.True(await RunAsync(words) == 0, Error);
        Assert.Equal("", Error);
        return Output;
    }

    /// <summary>Fails the test unless it fails so, and leaves the certificate folder as it was.</summary>
    public async Task RefusedAsync(int exitCode, string expected, params string[] words)
    {
        var before = Content();
        Assert.Equal(exitCode, await RunAsync(words));
        Assert.Contains(expected.Replace("@", _folder.FullName + Path.DirectorySeparatorChar, StringComparison.Ordinal), Error, StringComparison.Ordinal);
        Assert.Single(Error.Trim().Split('\n'));
        Assert.Equal(before, Content());
    }

    public async Task<JsonElement> ShowAsync()
    {
        await RunAsync("show", "--json");
        return JsonDocument.Parse(Output).RootElement;
    }

    /// <summary>Runs an installed program in the folder.</summary>
    /// <returns>Both its outputs.</returns>
    public async Task<string> ProgramAsync(string program, params string[] arguments)
    {
        var (exitCode, output) = await TryProgramAsync(program, arguments);
        Assert.True(exitCode == 0, output);
        return output;
    }

    public async Task<(int ExitCode, string Output)> TryProgramAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
        var errors = process.StandardError.ReadToEndAsync(deadline.Token);
        await process.WaitForExitAsync(deadline.Token);
        return (process.ExitCode, await output + await errors);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string Content() => !Directory.Exists(CaDirectory)
        ? ""
        : string.Join('\n', Directory.GetFiles(CaDirectory).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(file => file + File.ReadAllText(file)));
}
