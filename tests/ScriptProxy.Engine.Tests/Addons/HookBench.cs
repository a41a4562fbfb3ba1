using ScriptProxy.Engine.Addons;

namespace ScriptProxy.Engine.Tests.Addons;

/// <summary>A hook list to call: hooks that are given a list to leave marks in.</summary>
internal sealed class HookBench : IDisposable
{
    private readonly HookDispatch _dispatch;
    private readonly List<BoundHook<List<string>>> _hooks = [];

    public HookBench(AddonErrorPolicy policy = AddonErrorPolicy.Fail, TimeSpan? timeout = null, TimeProvider? time = null) =>
        _dispatch = new HookDispatch(timeout ?? TimeSpan.FromMinutes(1), policy, Log, time ?? TimeProvider.System);

    public LogLines<HookBench> Log { get; } = new();

    public HookWatchdog Watchdog => _dispatch.Watchdog;

    public HookList<List<string>> List => new(_dispatch, [.. _hooks]);

    /// <summary>Adds a hook that has passed its probation, unless told otherwise.</summary>
    public BoundHook<List<string>> Add(Hook<List<string>> body, HookKind? kind = null, bool earned = true, bool mayBlock = false, HookTraits? traits = null)
    {
        var addon = new LoadedAddon($"addon{_hooks.Count + 1}", "test") { MayBlock = mayBlock, SourceFiles = [SourceFile()] };
        var hook = new BoundHook<List<string>>(addon, kind ?? HookKind.Request, body, traits);
        for (var i = 0; earned && i < HookPace.ProbationCalls; i++) hook.Pace.RanElsewhere(TimeSpan.Zero, now: 0);
        _hooks.Add(hook);
        return hook;
    }

    /// <summary>Adds a hook that leaves its mark.</summary>
    public BoundHook<List<string>> AddMark(string mark, bool earned = true) => Add(
        marks =>
        {
            marks.Add(mark);
            return default;
        },
        earned: earned);

    public async Task<List<string>> RunAsync()
    {
        var marks = new List<string>();
        await List.RunAsync(marks);
        return marks;
    }

    /// <summary>Calls the list and hands back whether that completed at once.</summary>
    public static bool CompletesAtOnce<T>(HookList<T> list, T argument)
    {
        var call = list.RunAsync(argument);
        return call.IsCompletedSuccessfully;
    }

    public void Dispose() => _dispatch.Dispose();

    private static string SourceFile([System.Runtime.CompilerServices.CallerFilePath] string path = "") =>
        Path.Combine(Path.GetDirectoryName(path)!, "HookListTests.cs");
}
