using System.Net;
using System.Net.Sockets;
using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Documents;

/// <summary>The repository as it is right after cloning, and a home folder in which nobody has lived.</summary>
public sealed class CleanCopy : IDisposable
{
    private static readonly string[] LeftOut = ["bin", "obj", ".git", "TestResults", "node_modules", "artifacts", "work"];

    private readonly TemporaryFolder _folder = new();

    public CleanCopy()
    {
        Directory.CreateDirectory(_folder.PathOf("home"));
        Copy(new DirectoryInfo(Repository.Root), _folder.PathOf("clone"));
    }

    /// <summary>A port of this machine that was free a moment ago.</summary>
    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Runs a script in it.</summary>
    /// <param name="script">For bash.</param>
    /// <param name="listen">What --listen is unless said otherwise.</param>
    internal Task<ProgramRun> RunAsync(string script, string listen)
    {
        var bash = new ClientProgram("bash", "bash", _folder.PathOf("clone"))
        {
            // It builds.
            Patience = TimeSpan.FromMinutes(12),
            Environment =
            {
                ["HOME"] = _folder.PathOf("home"),
                ["SCRIPTPROXY_LISTEN"] = listen,
                ["TZ"] = "UTC",

                // What was fetched once is not fetched again, and no build server stays behind.
                ["NUGET_PACKAGES"] = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages"),
                ["NuGetAudit"] = "false",
                ["UseSharedCompilation"] = "false",
                ["MSBUILDDISABLENODEREUSE"] = "1",
                ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
                ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
                ["DOTNET_NOLOGO"] = "1",
                ["DOTNET_GENERATE_ASPNET_CERTIFICATE"] = "false",
            },
        };
        return bash.RunAsync("-c", script);
    }

    public void Dispose() => _folder.Dispose();

    private static void Copy(DirectoryInfo source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var file in source.EnumerateFiles()) file.CopyTo(Path.Combine(target, file.Name));
        foreach (var folder in source.EnumerateDirectories().Where(folder => !LeftOut.Contains(folder.Name))) Copy(folder, Path.Combine(target, folder.Name));
    }
}
