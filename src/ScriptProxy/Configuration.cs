using ScriptProxy.Engine;
using ScriptProxy.Scripting;
using ScriptProxy.Scripting.Settings;

namespace ScriptProxy.Cli;

/// <summary>All that was set, from all sources: the proxy's own options, and those of addons. Reads the file again when it changes.</summary>
internal sealed class Configuration
{
    private static readonly string[] CommandLineOnly = ["--config", "--set"];

    private readonly ConfigurationSources _sources;
    private readonly string? _path;

    private Configuration(ConfigurationSources sources, string? path)
    {
        _sources = sources;
        _path = path;
    }

    /// <summary>Scripts, and what is shown.</summary>
    public RunOptions Run { get; private init; } = new();

    /// <summary>The engine's options.</summary>
    public ProxyOptions Proxy { get; private init; } = new();

    /// <summary>The options of addons.</summary>
    public AddonSettings Addons { get; private init; } = AddonSettings.None;

    /// <summary>Where each of the proxy's own options comes from.</summary>
    public required OptionSources Sources { get; init; }

    /// <summary>The file to watch; null when there is none to come.</summary>
    public SettingsFile? File { get; private set; }

    /// <summary>The options of the command.</summary>
    public IReadOnlyList<OptionDescriptor> RunDescriptors => [.. _sources.Run.Descriptors.Where(option => !CommandLineOnly.Contains(option.Flag))];

    /// <summary>The options of the engine.</summary>
    public IReadOnlyList<OptionDescriptor> ProxyDescriptors => _sources.Proxy.Descriptors;

    /// <summary>Which scripts to load, and how.</summary>
    public ScriptOptions Scripts() => new()
    {
        Scripts = Run.Script,
        AddonsDirectory = Run.Addons ?? ScriptOptions.DefaultAddonsDirectory,
        ShippedDirectory = Run.NoDefaultAddons ? null : Path.Combine(AppContext.BaseDirectory, ScriptOptions.DefaultAddonsDirectory),
        WithoutShipped = Run.NoAddon,
        Watch = !Run.NoWatch,
        Debug = Run.Debug || Run.WaitForDebugger,
        Settings = Addons,
        SettingsFile = File,
        CacheDirectory = Run.NoCache ? null : Run.CacheDir ?? ScriptOptions.DefaultCacheDirectory,
    };

    /// <summary>Reads everything.</summary>
    /// <param name="sources">Where to look.</param>
    /// <param name="problems">Gets a line for each thing that is wrong; what is returned is then not to be used.</param>
    public static Configuration Load(ConfigurationSources sources, ICollection<string> problems)
    {
        var path = sources.FindFile(problems);

        // Watched before it is read: a change in between is noticed.
        Configuration? loaded = null;
        var watched = path is null ? null : new SettingsFile(path, file => loaded!.Accept(file));
        loaded = sources.TryRead(path, problems, out var file) ? Bind(sources, path, file, problems) : new Configuration(sources, path) { Sources = sources.With(null) };
        loaded.File = watched;
        return loaded;
    }

    private static Configuration Bind(ConfigurationSources sources, string? path, ConfigurationFile? file, ICollection<string> problems)
    {
        CheckKeys(sources, file, problems);
        var options = sources.With(file);
        var run = sources.Run.Bind(sources.Parsed, options, problems);
        return new Configuration(sources, path)
        {
            Sources = options,
            Run = run,
            Proxy = sources.Proxy.Bind(sources.Parsed, options, problems),
            Addons = AddonSettings.Of(file, run.Set, sources.AddonVariable, problems, [.. sources.Variables]),
        };
    }

    private static void CheckKeys(ConfigurationSources sources, ConfigurationFile? file, ICollection<string> problems)
    {
        var known = sources.Descriptors.Where(option => !CommandLineOnly.Contains(option.Flag)).Select(option => option.FileKey).Append(ConfigurationFile.AddonsSection).ToList();
        foreach (var entry in file?.Root?.Entries ?? [])
        {
            if (known.Contains(entry.Key)) continue;
            if (CommandLineOnly.Contains("--" + entry.Key)) problems.Add($"{entry.Place}: has no meaning in a file. Options of addons stand under {ConfigurationFile.AddonsSection}.");
            else if (Suggestion.For(entry.Key.TrimStart('-'), known) is { } meant) problems.Add($"{entry.Place}: there is no such option; did you mean '{meant}'?");
            else problems.Add($"{entry.Place}: there is no such option. scriptproxy --options lists all.");
        }
    }

    /// <summary>Checks the file after a change as at the start; tells what of it waits for the next start.</summary>
    private SettingsChange Accept(ConfigurationFile? file)
    {
        if (file is null) return new SettingsChange(null, [], [$"{ConfigurationFile.Shown(_path!)} is gone; the options it gave stay until the proxy stops"]);

        var problems = new List<string>();
        var next = Bind(_sources, _path, file, problems);
        if (problems.Count == 0) problems.AddRange([.. next.Run.Validate(), .. next.Proxy.Validate()]);
        if (problems.Count > 0) return new SettingsChange(null, problems, []);

        var waiting = Differences(_sources.Run.Descriptors, Run, next.Run).Concat(Differences(_sources.Proxy.Descriptors, Proxy, next.Proxy)).ToList();
        return new SettingsChange(
            next.Addons, [], waiting.Count == 0 ? [] : [$"{ConfigurationFile.Shown(_path!)}: {string.Join(", ", waiting)}: changes take effect when the proxy is started again"]);
    }

    private static IEnumerable<string> Differences(IEnumerable<OptionDescriptor> options, object running, object next) =>
        options.Where(option => option.ValueYaml(running) != option.ValueYaml(next)).Select(option => option.FileKey);
}
