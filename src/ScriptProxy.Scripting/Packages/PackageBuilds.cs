using System.ComponentModel;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using ScriptProxy.Scripting.Caching;
using ScriptProxy.Scripting.Loading;
using ScriptProxy.Scripting.Plugins;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Packages;

/// <summary>
/// Single-file .cs addons that name packages: built by the .NET SDK, which restores them, and loaded as plugins. What was built is kept by
/// content, so that the SDK is needed once.
/// </summary>
/// <param name="cacheDirectory">Absolute; null to build at every start.</param>
/// <param name="debug">Whether to build for a debugger.</param>
/// <param name="store">Where builds run, and stay when they are not kept.</param>
/// <param name="plugins">Checks what was built.</param>
/// <param name="logger">Where a build, which takes seconds, is announced.</param>
internal sealed partial class PackageBuilds(string? cacheDirectory, bool debug, PluginStore store, PluginSource plugins, ILogger logger) : IDisposable
{
    private static readonly TimeSpan LongestUnused = TimeSpan.FromDays(30);

    // Each takes the machine's memory and cores for seconds, beside a proxy.
    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>Where an SDK is looked for.</summary>
    public Func<DotnetSdk?> FindSdk { get; init; } = DotnetSdk.Find;

    /// <summary>Whether a script (absolute path) is one of those.</summary>
    public static bool IsNeeded(string path, FileSnapshot files) =>
        path.EndsWith(".cs", StringComparison.OrdinalIgnoreCase) && FileHeader.Read(path, files).Packages.Count > 0;

    /// <summary>
    /// Builds the script, or finds it built; then it is done at once. All its files have been read when this returns. Builds wait for one another, and for
    /// nothing else.
    /// </summary>
    /// <exception cref="OperationCanceledException">Nobody wants it any more.</exception>
    public async Task<PreparedAddon> BuildAsync(string path, FileSnapshot files, CancellationToken cancellationToken)
    {
        var header = FileHeader.Read(path, files);
        if (header.Sources.FirstOrDefault(source => files.Read(source) is null) is { } missing)
            return Refused(path, files, ScriptErrors.Unreadable, $"{ScriptMessage.Shown(missing)}: {files.Problem(missing)}.");

        var kept = KeptFolder(path, header, files);
        var assembly = Path.GetFileNameWithoutExtension(path) + ".dll";
        try
        {
            if (kept is null || PluginFolder.Incomplete(Path.Combine(kept, assembly)) is not null) return await BuildAsync(path, header, files, kept, assembly, cancellationToken);
            NoteUse(kept);
            return plugins.Check(path, files.Files, Path.Combine(kept, assembly), copy: null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or TimeoutException or BadImageFormatException or Win32Exception)
        {
            return Refused(path, files, ScriptErrors.BuildFailed, exception.Message.Split('\n')[0]);
        }
    }

    private async Task<PreparedAddon> BuildAsync(string path, FileHeader header, FileSnapshot files, string? kept, string assembly, CancellationToken cancellationToken)
    {
        if (FindSdk() is not { } sdk) return Refused(path, files, ScriptErrors.BuildFailed, ScriptErrors.NoSdkMessage(header.Packages[0].Name));
        var shown = ScriptMessage.Shown(path);
        Log.Building(logger, shown);
        await _one.WaitAsync(cancellationToken);
        string? work = null;
        var stays = false;
        try
        {
            work = store.CreateFolder();
            var project = BuildProject.Write(Directory.CreateDirectory(Path.Combine(work, "project")).FullName, path, header, debug);
            var output = Path.Combine(work, "output");
            var (succeeded, lines) = await sdk.BuildAsync(project, output, cancellationToken);
            if (!succeeded) return new PreparedAddon(null, files.Files, BuildErrors.Read(lines, project, path));

            // What was saved meanwhile may be in it: then it is not what its key says.
            if (kept is not null && files.IsUpToDate)
            {
                Keep(output, kept);
                return plugins.Check(path, files.Files, Path.Combine(kept, assembly), copy: null);
            }

            stays = true; // and goes with the code
            return plugins.Check(path, files.Files, Path.Combine(output, assembly), copy: work);
        }
        finally
        {
            if (!stays && work is not null) store.Remove(work);
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private static PreparedAddon Refused(string path, FileSnapshot files, string id, string problem) => new(null, files.Files, ScriptMessage.Error(path, id, problem));

    /// <summary>The folder of a build: its name says of what, and against what. Null when nothing can be kept.</summary>
    private string? KeptFolder(string path, FileHeader header, FileSnapshot files)
    {
        if (cacheDirectory is null || PrivateFolder.Prepare(cacheDirectory) is not null) return null;
        var content = new StringBuilder();
        content.AppendLine($"1|{debug}|{typeof(Addon).Module.ModuleVersionId}|{typeof(PackageBuilds).Module.ModuleVersionId}|{typeof(object).Module.ModuleVersionId}|{path}");
        foreach (var source in header.Sources) content.AppendLine($"{source}|{files.Hash(source)}");
        var key = SHA256.HashData(Encoding.UTF8.GetBytes(content.ToString()));
        return Path.Combine(cacheDirectory, "packages", Convert.ToHexStringLower(key.AsSpan(0, 16)));
    }

    private static void Keep(string output, string kept)
    {
        var all = Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
        if (Directory.Exists(kept)) Directory.Delete(kept, recursive: true);
        Directory.Move(output, kept);
        foreach (var folder in all.EnumerateDirectories().Where(folder => DateTime.UtcNow - folder.LastWriteTimeUtc > LongestUnused).ToList()) folder.Delete(recursive: true);
    }

    private static void NoteUse(string kept)
    {
        try
        {
            Directory.SetLastWriteTimeUtc(kept, DateTime.UtcNow);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A cache that is read only ages, and nothing is removed from it.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Script} names packages: dotnet build restores and builds it, which takes some seconds")]
        public static partial void Building(ILogger logger, string script);
    }
}
