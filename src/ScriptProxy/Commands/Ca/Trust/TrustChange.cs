using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Cli.Commands.Ca.Trust;

/// <summary>Brings roots into stores or out of them, and says so.</summary>
/// <param name="output">Where to.</param>
/// <param name="folder">The folder of the root certificate, for the command that messages name.</param>
/// <param name="dryRun">Whether only to say it.</param>
internal sealed class TrustChange(TextWriter output, string folder, bool dryRun)
{
    /// <param name="stores">Each is asked first whether it can be changed: all or none are.</param>
    /// <param name="anchors">The roots.</param>
    /// <param name="remove">Out instead of in.</param>
    /// <param name="json">Writes a document; null for text.</param>
    /// <exception cref="CaException">A store cannot be changed.</exception>
    public async Task RunAsync(IReadOnlyList<ITrustStore> stores, IReadOnlyList<TrustAnchor> anchors, bool remove, Func<object, Task>? json)
    {
        var work = stores.SelectMany(store => anchors.Select(anchor => (Store: store, Anchor: anchor, IsDone: store.Has(anchor) != remove))).ToList();
        if (!dryRun && work.FirstOrDefault(part => !part.IsDone && part.Store.Obstacle is not null).Store is { } blocked)
            throw new CaException($"{blocked.Name}: {blocked.Obstacle}. Nothing was changed. Run: sudo scriptproxy ca {(remove ? "uninstall" : "install")} --ca-dir {folder}{(stores.Count > 1 || blocked is JavaStore ? " with the same options" : "")}");

        var results = new List<object>();
        foreach (var (store, anchor, isDone) in work)
        {
            var steps = isDone ? [] : store.Steps(anchor, remove);
            if (!isDone && !dryRun)
            {
                if (remove) store.Remove(anchor);
                else store.Install(anchor);
            }

            if (json is null) await SayAsync(store, anchor, remove, isDone, steps);
            results.Add(new { store = store.Name, sha256 = anchor.Sha256, wasDone = isDone, done = isDone || !dryRun, steps });
        }

        if (json is not null) await json(new { dryRun, results });
    }

    private async Task SayAsync(ITrustStore store, TrustAnchor anchor, bool remove, bool isDone, IReadOnlyList<string> steps)
    {
        var what = anchor.Certificate is null ? anchor.Sha256 : anchor.Certificate.Subject;
        var state = (isDone, remove, dryRun) switch
        {
            (true, false, _) => "is trusted already by",
            (true, true, _) => "is not trusted by",
            (false, false, false) => "is trusted from now on by",
            (false, true, false) => "is trusted no longer by",
            (false, false, true) => "would be trusted by",
            (false, true, true) => "would be trusted no longer by",
        };
        await output.WriteLineAsync(Printable.Escape($"{what} {state} {store.Name}"));
        foreach (var step in steps) await output.WriteLineAsync(Printable.Escape($"  {step}"));
    }
}
