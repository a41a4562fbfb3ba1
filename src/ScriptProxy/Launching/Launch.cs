using System.ComponentModel;
using System.Net;
using ScriptProxy.Cli.Clients;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Cli.Launching;

/// <summary>"scriptproxy … -- COMMAND": the command runs while the proxy does, set up to use it and to trust it.</summary>
/// <param name="command">The program and its arguments, as given.</param>
/// <param name="program">The file of the program.</param>
/// <param name="run">Who is reached without the proxy, and what is logged.</param>
/// <param name="proxy">Whether anything is intercepted.</param>
/// <param name="isSilent">Whether --quiet was asked for, not only meant.</param>
/// <param name="error">Where remarks go; output belongs to the command.</param>
/// <param name="environment">The variables we were given, which the command inherits.</param>
internal sealed class Launch(IReadOnlyList<string> command, string program, RunOptions run, ProxyOptions proxy, bool isSilent, TextWriter error, Func<string, string?> environment)
{
    // What a shell says when the kernel does not take a file that is marked executable.
    private const int NoSuchFile = 2;

    /// <summary>A port of its own, no banner, no flows on the command's output: unless asked for.</summary>
    /// <param name="configuration">What was asked for.</param>
    public static (RunOptions Run, ProxyOptions Proxy) Defaults(Configuration configuration)
    {
        var descriptors = configuration.RunDescriptors.Concat(configuration.ProxyDescriptors).ToList();
        var (run, proxy) = (configuration.Run, configuration.Proxy);
        if (!IsGiven("--listen")) proxy = proxy with { Listen = "127.0.0.1:0" };
        if (!IsGiven("--log-level")) run = run with { LogLevel = LogThreshold.Warning };
        if (!IsGiven("--quiet") && !run.Verbose) run = run with { Quiet = true };
        return (run, proxy);

        bool IsGiven(string flag) => configuration.Sources.Find(descriptors.First(option => option.Flag == flag)) is not null;
    }

    /// <summary>Whether to say where the proxy listens.</summary>
    public bool ShowsBanner => run.LogLevel <= LogThreshold.Info;

    /// <summary>Runs the command to its end. The proxy listens.</summary>
    /// <returns>The command's exit code.</returns>
    public async Task<int> RunAsync(ProxyServer server, StopSignals signals)
    {
        // Only clients that know of the proxy can be told of it.
        if (server.Listeners.FirstOrDefault(listener => listener.Mode == "regular")?.EndPoint is not IPEndPoint endPoint)
        {
            await error.WriteLineAsync("--: a command needs a listener of mode regular. Add --mode regular.");
            return ExitCode.Usage;
        }

        var direct = DirectHosts.Of(environment("NO_PROXY") is { Length: > 0 } upper ? upper : environment("no_proxy"), run.Exempt, withLoopback: !run.ProxyLoopback, withCluster: true);
        var paths = proxy.Tunnel ? null : ClientFiles.Write(server.RootCertificatePath, environment);
        try
        {
            using var launched = LaunchedCommand.Start(program, command.Skip(1), ClientVariables.Of(LocalUrl.Of(endPoint, proxy.ProxyAuth), direct, paths, environment));
            if (signals.StandAside() is { } missed) launched.Relay(missed);
            var exitCode = await launched.ExitAsync();
            if (server.AcceptedCount == 0 && !isSilent) await RemarkAsync(direct);
            return exitCode;
        }
        catch (Win32Exception exception)
        {
            await error.WriteLineAsync($"{Printable.Escape(command[0])}: cannot be run: {exception.NativeErrorCode switch
            {
                NoSuchFile => "the interpreter that its first line names is missing.",
                8 => "it is no program for this machine. If it is a script, its first line has to name an interpreter: #!/bin/sh",
                _ => exception.Message.Split('\n')[0],
            }}");
            return ExitCode.NotExecutable;
        }
        finally
        {
            if (paths is not null) ClientFiles.RemoveTemporary(paths);
        }
    }

    /// <summary>What a command does not honour is said, or it would look as if all were well.</summary>
    private async Task RemarkAsync(DirectHosts direct)
    {
        var name = Printable.Escape(Path.GetFileName(command[0]));
        await error.WriteLineAsync($"scriptproxy: nothing came through the proxy. Either {name} made no requests, or only to hosts that are exempt (NO_PROXY={Printable.Escape(direct.Variable)}), or it does not read HTTP_PROXY.");
    }
}
