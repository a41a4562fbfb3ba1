namespace ScriptProxy.Engine.Addons;

/// <summary>Keeps a generation from being unloaded. Dispose once; what lives long (WebSocket, event stream) leases per message.</summary>
internal readonly struct GenerationLease(Generation generation) : IDisposable
{
    public Generation Generation => generation;

    public void Dispose() => generation.Leave();
}
