namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>An addon made of what a test wants done.</summary>
internal sealed class HookAddon : Addon
{
    public Func<HttpFlow, ValueTask> Request { get; init; } = static _ => default;

    public Func<HttpFlow, ValueTask> Response { get; init; } = static _ => default;

    public Func<HttpFlow, ValueTask> Error { get; init; } = static _ => default;

    public Func<HttpFlow, ValueTask> Completed { get; init; } = static _ => default;

    public override ValueTask OnRequestAsync(HttpFlow flow) => Request(flow);

    public override ValueTask OnResponseAsync(HttpFlow flow) => Response(flow);

    public override ValueTask OnErrorAsync(HttpFlow flow) => Error(flow);

    public override ValueTask OnCompletedAsync(HttpFlow flow) => Completed(flow);

    public static HookAddon OnRequest(Action<HttpFlow> hook) => new() { Request = flow => Run(hook, flow) };

    public static HookAddon OnResponse(Action<HttpFlow> hook) => new() { Response = flow => Run(hook, flow) };

    /// <summary>Reads both bodies and changes nothing.</summary>
    public static HookAddon ReadingBodies() => new()
    {
        Request = async flow => await flow.Request.ReadBytesAsync(),
        Response = async flow => await flow.Response!.ReadBytesAsync(),
    };

    private static ValueTask Run(Action<HttpFlow> hook, HttpFlow flow)
    {
        hook(flow);
        return default;
    }
}
