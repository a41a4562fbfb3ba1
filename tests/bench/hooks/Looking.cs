namespace ScriptProxy.HookBench;

/// <summary>Looks for a header in both directions, and finds none.</summary>
internal sealed class Looking : Addon
{
    public override ValueTask OnRequestAsync(HttpFlow flow)
    {
        if (flow.Request.Headers.Contains("X-Not-There")) flow.Tags.Add("there");
        return default;
    }

    public override ValueTask OnResponseAsync(HttpFlow flow)
    {
        if (flow.Response!.Headers.Contains("X-Not-There")) flow.Tags.Add("there");
        return default;
    }
}
