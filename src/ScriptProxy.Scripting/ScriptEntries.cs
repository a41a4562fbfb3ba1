using ScriptProxy.Engine;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Recording;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting;

/// <summary>
/// The scripts and plugins that are looked after, in the order in which their hooks run: what they are called, and which of them give way to others.
/// Read from any thread, changed by one at a time.
/// </summary>
internal sealed class ScriptEntries
{
    private readonly Generations _generations;
    private readonly ScriptOptions _options;
    private readonly ShippedAddons _shipped;
    private volatile IReadOnlyList<ScriptEntry> _all = [];

    public ScriptEntries(Generations generations, ScriptOptions options)
    {
        _generations = generations;
        _options = options;
        _shipped = new ShippedAddons(options.ShippedDirectory is null ? null : Path.GetFullPath(options.ShippedDirectory), options.WithoutShipped, options.LoadsInert);
        AddonsDirectory = options.AddonsDirectory is null ? null : Path.GetFullPath(options.AddonsDirectory);
    }

    /// <summary>The folder whose files are addons, absolute; null for none.</summary>
    public string? AddonsDirectory { get; }

    public IReadOnlyList<ScriptEntry> All { get => _all; set => _all = value; }

    /// <summary>The names of the addons that ship with the proxy, loaded or not.</summary>
    public IEnumerable<string> ShippedNames => _shipped.Names;

    /// <inheritdoc cref="ScriptHost.Loaded"/>
    public IReadOnlyList<LoadedScript> Loaded =>
    [
        .. from entry in _all
           let live = entry.Live
           where live is not null
           select new LoadedScript(live.Name, entry.Path, entry.Generation, [.. live.HookNames]),
    ];

    /// <inheritdoc cref="ScriptHost.Inert"/>
    public IReadOnlyList<string> Inert => _shipped.Inert(_all.Where(entry => entry.Live is not null));

    /// <inheritdoc cref="ScriptHost.Details"/>
    public IReadOnlyList<ScriptDetails> Details =>
    [
        .. from entry in _all
           let live = entry.Live
           where live is not null
           select new ScriptDetails(
               new LoadedScript(live.Name, entry.Path, entry.Generation, [.. live.HookNames]), live.Statistics, [.. live.OpenCircuits], live.Options, _generations.StateKeys(live.Name)),
    ];

    /// <summary>What there is at the start.</summary>
    /// <param name="settings">Say which shipped addons are wanted.</param>
    /// <param name="errors">Gets what the user named and is not there.</param>
    public IReadOnlyList<ScriptEntry> Find(AddonSettings settings, List<string> errors)
    {
        if (AddonsDirectory is not null && _options.AddonsDirectory != ScriptOptions.DefaultAddonsDirectory && !Directory.Exists(AddonsDirectory))
            errors.Add($"{_options.AddonsDirectory}: no such folder of addons.");

        var named = _options.Scripts.Select(script => new ScriptEntry(Path.GetFullPath(script), isNamed: true));
        var files = new FileSnapshot();
        var found = AddonsDirectory is null ? [] : ScriptWatcher.List(AddonsDirectory).Where(script => !_shipped.IsCopy(script, files)).Select(script => new ScriptEntry(script, isNamed: false));
        return WithShipped([.. named.Concat(found).DistinctBy(entry => entry.Path)], settings);
    }

    /// <summary>The entries without the shipped ones that nobody wants any more, and with those that someone now wants.</summary>
    public List<ScriptEntry> WithShipped(IReadOnlyList<ScriptEntry> entries, AddonSettings settings)
    {
        var wanted = _shipped.Wanted(settings, entries).Select(path => entries.FirstOrDefault(entry => entry.Path == path) ?? new ScriptEntry(path, isNamed: false, isShipped: true));
        return [.. entries.Where(entry => !entry.IsShipped), .. wanted];
    }

    /// <summary>The entry of a file (absolute path); a new one that nobody looks after yet where there is none.</summary>
    public ScriptEntry Of(string script) => _all.FirstOrDefault(entry => entry.Path == script) ?? new ScriptEntry(script, isNamed: false);

    public bool Contains(ScriptEntry entry) => _all.Contains(entry);

    /// <summary>Looks after an entry from now on, in its place.</summary>
    public void Add(ScriptEntry entry)
    {
        if (!Contains(entry)) _all = InOrder([.. _all, entry]);
    }

    /// <summary>All that stay when an entry goes live.</summary>
    public IReadOnlyList<ScriptEntry> Beside(ScriptEntry live) => [.. _all.Where(other => !GivesWay(other, live))];

    /// <summary>Whether a file in the addons folder is only a copy of a shipped addon.</summary>
    public bool IsCopyOfShipped(string script, FileSnapshot files) => _shipped.IsCopy(script, files);

    /// <summary>Puts <paramref name="replaced"/> in the place of their entries' running versions; addons that are no scripts stay as they are, in front.</summary>
    public async Task PublishAsync(IReadOnlyList<ScriptEntry> entries, Dictionary<ScriptEntry, LoadedAddon> replaced)
    {
        var before = _all.Concat(entries).Select(entry => entry.Live).ToHashSet();
        var generation = await _generations.SwapAsync(live =>
        [
            .. live.Where(addon => !before.Contains(addon)),
            .. entries.Select(entry => replaced.GetValueOrDefault(entry) ?? entry.Live).OfType<LoadedAddon>(),
        ]);
        _all = entries;
        foreach (var (entry, addon) in replaced) (entry.Live, entry.Generation) = (addon, generation);
    }

    /// <summary>The file name, or the path where several scripts have that file name.</summary>
    public string NameOf(ScriptEntry entry)
    {
        var name = Path.GetFileName(entry.Path);
        return _all.Any(other => other != entry && !GivesWay(other, entry) && Path.GetFileName(other.Path) == name) ? ScriptMessage.Shown(entry.Path) : Printable.Escape(name);
    }

    /// <summary>Whether the name of a new version belongs to another addon that is live or about to be.</summary>
    public bool IsNameTaken(ScriptEntry entry, LoadedAddon addon, IEnumerable<LoadedAddon> alsoLoaded) =>
        _generations.Current.Addons.Where(other => other != entry.Live && !_all.Any(before => before.Live == other && GivesWay(before, entry))).Concat(alsoLoaded).Any(other => other.Name == addon.Name);

    /// <summary>Whether one that ships is replaced by a script of the user's.</summary>
    private static bool GivesWay(ScriptEntry shipped, ScriptEntry other) => shipped.IsShipped && !other.IsShipped && ShippedAddons.IsSame(shipped.Path, other.Path);

    /// <summary>As the user named them, then the folder by name, then what ships with the proxy by name.</summary>
    private static IReadOnlyList<ScriptEntry> InOrder(IReadOnlyList<ScriptEntry> entries) =>
        [.. entries.Where(entry => entry.IsNamed), .. entries.Where(entry => !entry.IsNamed).OrderBy(entry => entry.IsShipped).ThenBy(entry => entry.Path, StringComparer.Ordinal)];
}
