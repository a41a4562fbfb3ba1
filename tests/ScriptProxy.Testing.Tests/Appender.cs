namespace ScriptProxy.Testing.Tests;

/// <summary>An addon that leaves its mark on requests, in order.</summary>
internal sealed class Appender(string text) : Addon
{
    public override string Name => "appender " + text;

    public bool IsUnloaded { get; private set; }

    public override ValueTask OnRequestAsync(HttpFlow flow)
    {
        flow.Request.Headers["X-Order"] += text;
        return default;
    }

    public override ValueTask OnUnloadAsync()
    {
        IsUnloaded = true;
        return default;
    }
}
