using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Embedding;
using ScriptProxy.Engine.Recording;
using ScriptProxy.Scripting;

namespace ScriptProxy.Testing;

/// <summary>
/// Runs the hooks of addons or scripts on flows that a test builds, without a socket: the same compiler, loader and dispatch as the proxy's,
/// so mistakes, failures and reloads come out as they would there. Flows may run at the same time; disposing runs OnUnload.
/// </summary>
public sealed partial class AddonHost : IAsyncDisposable
{
    private readonly LogCollector _log = new();
    private readonly ILoggerFactory _loggerFactory;
    private readonly Generations _generations;
    private readonly InProcessPipeline _pipeline;
    private IReadOnlyList<LoadedAddon> _instances = [];
    private HostedScripts? _scripts;
    private int _calls;

    private AddonHost(AddonHostOptions options)
    {
        _loggerFactory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(_log));
        var recorder = new FlowRecorder(new Redaction(showSecrets: false), []);
        _generations = new Generations(options.HookTimeout, options.OnAddonError, _loggerFactory.CreateLogger<Generations>(), TimeProvider.System, recorder.Message);
        _pipeline = new InProcessPipeline(_generations, recorder, TimeProvider.System, _loggerFactory.CreateLogger<AddonHost>());
    }

    /// <summary>What was logged so far, by addons too, such as "Information: mask.csx: 3 hosts".</summary>
    public IReadOnlyList<string> LogLines => _log.Lines;

    /// <summary>The hooks that are implemented, addon by addon, such as OnRequest; OnLoad and OnUnload are left out.</summary>
    public IReadOnlyList<string> Hooks => [.. _generations.Current.Addons.SelectMany(addon => addon.HookNames)];

    /// <summary>Loads a script file (.csx or .cs) or a compiled plugin (.dll).</summary>
    /// <exception cref="ScriptLoadException">It does not compile, is no addon, or its OnLoad failed.</exception>
    public static Task<AddonHost> LoadAsync(string scriptFile) => LoadAsync(new AddonHostOptions { ScriptFiles = [scriptFile] });

    /// <summary>Loads addons, in this order.</summary>
    /// <exception cref="AddonFailedException">An OnLoad failed.</exception>
    public static Task<AddonHost> LoadAsync(params Addon[] addons) => LoadAsync(new AddonHostOptions { Addons = addons });

    /// <summary>Loads the text of a script.</summary>
    /// <exception cref="ScriptLoadException">It does not compile, is no addon, or its OnLoad failed.</exception>
    public static Task<AddonHost> LoadTextAsync(string script) => LoadAsync(new AddonHostOptions { Script = script });

    /// <summary>Loads everything that the options name.</summary>
    /// <exception cref="ScriptLoadException">A script does not compile, is no addon, or its OnLoad failed.</exception>
    /// <exception cref="AddonFailedException">An addon's OnLoad failed.</exception>
    public static async Task<AddonHost> LoadAsync(AddonHostOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var host = new AddonHost(options);
        try
        {
            if (options.Addons.Count > 0) await host.ReloadAsync([.. options.Addons]);
            if (options.ScriptFiles.Count > 0 || options.Script is not null)
            {
                host._scripts = new HostedScripts(options, host._generations, host._log);
                await host._scripts.LoadAsync();
            }

            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Runs a flow as the proxy does, from the request's head to the end: OnRequest, the origin's response where no addon answered, OnResponse or
    /// OnError, OnCompleted. A failing hook is no exception here: the flow is answered 502 and has an error. The client of a WebSocket closes it at once.
    /// </summary>
    public async Task RunAsync(TestFlow flow)
    {
        ArgumentNullException.ThrowIfNull(flow);
        if (await ExchangeAsync(flow) is not { } webSocket) return;
        await using (webSocket)
        {
            if (!webSocket.Connection.IsClosed) await webSocket.Client.CloseAsync();
        }
    }

    /// <summary>Runs OnRequest alone.</summary>
    /// <exception cref="AddonFailedException">A hook failed.</exception>
    public Task RequestAsync(TestFlow flow) => CallAsync(addons => addons.Request, FlowOf(flow));

    /// <summary>Runs OnResponse alone. The flow gets the origin's response first, unless it has one.</summary>
    /// <exception cref="AddonFailedException">A hook failed.</exception>
    /// <exception cref="InvalidOperationException">The flow was built to have an error instead of a response.</exception>
    public Task ResponseAsync(TestFlow flow)
    {
        ArgumentNullException.ThrowIfNull(flow);
        if (flow.Response is null) flow.Respond();
        return CallAsync(addons => addons.Response, FlowOf(flow));
    }

    /// <summary>Runs OnError alone, after giving the flow its error.</summary>
    /// <param name="flow">A flow that has no error yet.</param>
    /// <param name="error">Why the exchange failed.</param>
    /// <exception cref="AddonFailedException">A hook failed.</exception>
    public Task ErrorAsync(TestFlow flow, FlowError error)
    {
        ArgumentNullException.ThrowIfNull(flow);
        ArgumentNullException.ThrowIfNull(error);
        flow.Inner.Fail(error);
        return CallAsync(addons => addons.Error, FlowOf(flow));
    }

    /// <summary>Runs OnCompleted alone. What it throws is logged, as in the proxy.</summary>
    public Task CompletedAsync(TestFlow flow) => CallAsync(addons => addons.Completed, FlowOf(flow));

    /// <summary>Replaces a script that was loaded from text, as if it had been saved.</summary>
    /// <exception cref="ScriptLoadException">It does not compile or load; the version before stays.</exception>
    public Task ReloadAsync(string script)
    {
        Scripts.WriteText(script);
        return ReloadAsync();
    }

    /// <summary>Takes in what has changed in script files.</summary>
    /// <exception cref="ScriptLoadException">A script does not compile or load; its version before stays.</exception>
    public async Task ReloadAsync()
    {
        await Scripts.ReloadAsync();
        await WaitForUnloadAsync();
    }

    /// <summary>Replaces the addons that the test made; scripts stay. What the addons before kept in their state goes to those of the same name.</summary>
    /// <exception cref="AddonFailedException">An OnLoad failed; the addons before stay.</exception>
    public async Task ReloadAsync(params Addon[] addons)
    {
        ArgumentNullException.ThrowIfNull(addons);
        var before = _instances;
        LoadedAddon[] instances = [.. addons.Select(LoadedAddon.FromInstance)];
        try
        {
            await _generations.SwapAsync(live => [.. instances, .. live.Where(addon => !before.Contains(addon))]);
        }
        catch (AddonException exception)
        {
            throw new AddonFailedException(exception.Message, exception.InnerException);
        }

        _instances = instances;
        await WaitForUnloadAsync();
    }

    /// <summary>Waits for a log line that contains a text: for what addons do in the background.</summary>
    public Task<string> WaitForLogAsync(string part) => _log.WaitForAsync(part);

    /// <summary>Unloads everything: OnUnload has run when this completes.</summary>
    public async ValueTask DisposeAsync()
    {
        await _generations.DisposeAsync();
        if (_scripts is not null) await _scripts.DisposeAsync();
        _loggerFactory.Dispose();
    }

    private HostedScripts Scripts => _scripts ?? throw new InvalidOperationException("This host has no scripts.");

    private static HttpFlow FlowOf(TestFlow flow)
    {
        ArgumentNullException.ThrowIfNull(flow);
        return flow.Flow;
    }

    private async Task CallAsync<T>(Func<Generation, HookList<T>> hooks, T argument)
    {
        ArgumentNullException.ThrowIfNull(argument);
        Interlocked.Increment(ref _calls);
        try
        {
            using var lease = _generations.Lease();
            await hooks(lease.Generation).RunAsync(argument);
        }
        catch (AddonException exception)
        {
            throw new AddonFailedException(exception.Message, exception.InnerException);
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }

    /// <summary>A version that nothing uses is unloaded before the test goes on; one with flows under way is unloaded when they end, as in the proxy.</summary>
    private async Task WaitForUnloadAsync()
    {
        if (Volatile.Read(ref _calls) > 0) return;
        await TestDeadline.PollAsync(() => _generations.Retiring == 0 ? _generations : null, () => "The version before did not unload.");
    }
}
