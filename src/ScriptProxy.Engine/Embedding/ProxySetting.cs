namespace ScriptProxy.Engine.Embedding;

/// <summary>One change that the application makes to the options of its proxy.</summary>
internal sealed record ProxySetting(Func<ProxyOptions, ProxyOptions> Change);
