using ScriptProxy.Engine;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Scripting.Compiling;
using ScriptProxy.Scripting.Loading;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Tests.Support;

/// <summary>Compiles and binds as the host does, one step at a time.</summary>
internal static class Scripts
{
    public static CompileResult Compile(string path) => ScriptCompiler.Compile(path, new FileSnapshot(), debug: false);

    /// <summary>Compiles a script that must compile.</summary>
    public static CompiledScript Compiled(string path)
    {
        var result = Compile(path);
        Assert.Empty(result.Errors);
        return result.Script!;
    }

    /// <summary>Compiles and binds a script that must do both. Its code stays loaded until the addon is disposed.</summary>
    public static async Task<(LoadedAddon Addon, IReadOnlyList<string> Warnings)> LoadAsync(string path) =>
        await new ScriptLoader(TimeSpan.FromSeconds(30), TimeProvider.System).LoadAsync(Compiled(path), Path.GetFileName(path), AddonSettings.None);

    /// <summary>The lines with which a script that compiles is refused.</summary>
    public static async Task<IReadOnlyList<string>> RefusalAsync(string path) =>
        (await Assert.ThrowsAsync<ScriptLoadException>(() => LoadAsync(path))).Errors;
}
