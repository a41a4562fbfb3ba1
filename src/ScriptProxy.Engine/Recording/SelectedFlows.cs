namespace ScriptProxy.Engine.Recording;

/// <summary>Hands on the records of flows that match. Does not dispose what it hands them to.</summary>
/// <param name="sink">Where they go.</param>
/// <param name="matches">Whether a flow that has ended matches; one for which it throws does not.</param>
internal sealed class SelectedFlows(IFlowSink sink, Func<HttpFlow, bool> matches) : ISelectiveSink
{
    /// <inheritdoc/>
    public bool WantsHeaders => sink.WantsHeaders;

    /// <inheritdoc/>
    public bool WantsBodies => sink.WantsBodies;

    /// <inheritdoc/>
    public bool Selects(HttpFlow flow)
    {
        try
        {
            return matches(flow);
        }
        catch (Exception)
        {
            // The user's expression throws anything, mostly because a flow has no response; such a flow is not what was asked for.
            return false;
        }
    }

    /// <inheritdoc/>
    public void Record(FlowRecord record) => sink.Record(record);
}
