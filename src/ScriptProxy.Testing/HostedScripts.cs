using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Scripting;

namespace ScriptProxy.Testing;

/// <summary>The scripts of an <see cref="AddonHost"/>: looked at when the test says so, never by the clock.</summary>
internal sealed class HostedScripts : IAsyncDisposable
{
    private const string Failure = "Error: ";

    private readonly LogCollector _log;
    private readonly ScriptSet _scripts;
    private readonly string? _directory;

    public HostedScripts(AddonHostOptions options, Generations generations, LogCollector log)
    {
        _log = log;
        var files = options.ScriptFiles.ToList();
        if (options.Script is not null)
        {
            _directory = TemporaryFiles.NewDirectory();
            files.Add(WriteText(options.Script));
        }

        var scripts = new ScriptOptions { Scripts = [.. files], AddonsDirectory = null, Set = [.. options.Set] };
        _scripts = new ScriptSet(generations, scripts, ((ILoggerProvider)log).CreateLogger("Scripts"), TimeProvider.System);
    }

    public Task LoadAsync() => _scripts.LoadAsync(CancellationToken.None);

    /// <summary>Overwrites the script that was given as text; returns its path.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public string WriteText(string script)
    {
        var path = Path.Combine(_directory ?? throw new InvalidOperationException("This host has no script that was loaded from text."), "script.csx");
        File.WriteAllText(path, script);
        return path;
    }

    /// <summary>Takes in what has changed.</summary>
    /// <exception cref="ScriptLoadException">A changed script failed; its version before stays.</exception>
    public async Task ReloadAsync()
    {
        var linesBefore = _log.Lines.Count;

        // A change counts when two looks in a row agree.
        await _scripts.PollAsync();
        await _scripts.PollAsync();
        await _scripts.FinishBuildsAsync();
        var errors = _log.Lines.Skip(linesBefore).Where(line => line.StartsWith(Failure, StringComparison.Ordinal)).Select(line => line[Failure.Length..]).ToList();
        if (errors.Count > 0) throw new ScriptLoadException(errors);
    }

    public async ValueTask DisposeAsync()
    {
        await _scripts.DisposeAsync();
        if (_directory is not null) TemporaryFiles.Delete(_directory);
    }
}
