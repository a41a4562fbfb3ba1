namespace ScriptProxy.Engine.Tests.Embedding;

/// <summary>An addon whose hooks a test sets, and which counts how often they ran.</summary>
internal sealed class HookedAddon : Addon
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _completed;

    public override string Name => "hooked";

    public Func<HttpFlow, ValueTask>? Request { get; init; }

    public Func<HttpFlow, ValueTask>? Response { get; init; }

    public Func<HttpFlow, ValueTask>? Error { get; init; }

    public Func<ValueTask>? Load { get; init; }

    public int Completed => Volatile.Read(ref _completed);

    /// <summary>The last flow that ended.</summary>
    public HttpFlow? Last { get; private set; }

    /// <summary>Completes with the first flow that ends; a test that waits too long for it fails.</summary>
    public Task Ended => _ended.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public bool IsUnloaded { get; private set; }

    public override ValueTask OnLoadAsync(AddonContext context) => Load?.Invoke() ?? default;

    public override ValueTask OnUnloadAsync()
    {
        IsUnloaded = true;
        return default;
    }

    public override ValueTask OnRequestAsync(HttpFlow flow) => Request?.Invoke(flow) ?? default;

    public override ValueTask OnResponseAsync(HttpFlow flow) => Response?.Invoke(flow) ?? default;

    public override ValueTask OnErrorAsync(HttpFlow flow) => Error?.Invoke(flow) ?? default;

    public override ValueTask OnCompletedAsync(HttpFlow flow)
    {
        Last = flow;
        Interlocked.Increment(ref _completed);
        _ended.TrySetResult();
        return default;
    }
}
