namespace ScriptProxy.Engine.Addons;

/// <summary>One addon's reaction to one moment, whatever shape its author gave it.</summary>
internal delegate ValueTask Hook<in T>(T argument);
