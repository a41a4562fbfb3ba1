using ScriptProxy.Engine.Embedding;

namespace ScriptProxy.Scripting;

/// <summary>Scripts for applications that host the proxy, or addons in front of an HttpClient.</summary>
public static class ScriptProxyBuilderExtensions
{
    /// <summary>Adds script files (.csx or .cs), watched; relative to the current directory or absolute.</summary>
    public static ScriptProxyBuilder AddScripts(this ScriptProxyBuilder builder, params string[] scripts) =>
        builder.AddScripts(new ScriptOptions { Scripts = scripts, AddonsDirectory = null });

    /// <summary>Adds scripts.</summary>
    public static ScriptProxyBuilder AddScripts(this ScriptProxyBuilder builder, ScriptOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        return builder.AddSource(new ScriptAddons(options));
    }
}
