namespace ScriptProxy.Scripting;

/// <summary>The builds that run beside the watching, at most one for each script: of two saves the later counts. One call at a time.</summary>
internal sealed class PendingBuilds : IAsyncDisposable
{
    private readonly List<PendingBuild> _builds = [];
    private readonly List<Task> _dropped = [];

    public void Add(PendingBuild build) => _builds.Add(build);

    /// <summary>Ends the build of a script (absolute path), if there is one. Does not wait.</summary>
    public void Drop(string script)
    {
        _dropped.RemoveAll(drop => drop.IsCompleted);
        if (_builds.Find(build => build.Entry.Path == script) is not { } build) return;
        _builds.Remove(build);
        _dropped.Add(build.DropAsync());
    }

    /// <summary>Takes a build that is done.</summary>
    /// <param name="wait">Whether to wait for one.</param>
    /// <returns>Null when there is none.</returns>
    public async ValueTask<PendingBuild?> TakeAsync(bool wait)
    {
        if (wait && _builds.Count > 0) await Task.WhenAny(_builds.Select(build => build.Result));
        if (_builds.Find(build => build.Result.IsCompleted) is not { } done) return null;
        _builds.Remove(done);
        return done;
    }

    /// <summary>Ends all of them.</summary>
    public async ValueTask DisposeAsync()
    {
        _dropped.AddRange(_builds.Select(build => build.DropAsync()));
        _builds.Clear();
        await Task.WhenAll(_dropped);
    }
}
