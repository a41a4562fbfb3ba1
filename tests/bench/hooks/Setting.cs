namespace ScriptProxy.HookBench;

/// <summary>Sets a header in both directions.</summary>
internal sealed class Setting(string name) : Addon
{
    public override ValueTask OnRequestAsync(HttpFlow flow)
    {
        flow.Request.Headers[name] = "masked";
        return default;
    }

    public override ValueTask OnResponseAsync(HttpFlow flow)
    {
        flow.Response!.Headers[name] = "masked";
        return default;
    }
}
