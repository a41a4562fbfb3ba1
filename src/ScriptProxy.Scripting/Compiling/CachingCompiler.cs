using System.Runtime.CompilerServices;
using ScriptProxy.Scripting.Caching;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Compiling;

/// <summary>
/// Compiles scripts, unless the cache has them. The compiler is large (a second and 130 MB to load): nothing here touches it before a
/// script really has to be compiled. One call at a time.
/// </summary>
/// <param name="cache">Null to compile always.</param>
/// <param name="debug">Whether to compile for a debugger.</param>
internal sealed class CachingCompiler(CompileCache? cache, bool debug)
{
    private Task _storing = Task.CompletedTask;

    /// <summary>Whether the compiler has been at work.</summary>
    public bool IsWarm { get; private set; }

    /// <summary>Ends when everything compiled so far is in the cache.</summary>
    public Task Stored => _storing;

    /// <summary>Compiles the script at <paramref name="path"/> (absolute) and what it loads, from the bytes in <paramref name="files"/>.</summary>
    public async Task<CompileResult> CompileAsync(string path, FileSnapshot files)
    {
        if (cache?.Find(path, files) is { } found) return new CompileResult(found, []);
        IsWarm = true;
        var result = await CompilerThread.RunAsync(() => Compile(path, files));
        if (cache is not null && result.Script is { } script) _storing = Task.WhenAll(_storing, Task.Run(() => cache.Store(script)));
        return result;
    }

    /// <summary>Loads the compiler and has it compile a script for nothing: the next one then takes a twentieth of the time. May run beside <see cref="CompileAsync"/>.</summary>
    public async Task WarmUpAsync(string path)
    {
        if (IsWarm) return;
        IsWarm = true;
        await CompilerThread.RunAsync(() => Compile(path, new FileSnapshot()));
    }

    /// <summary>Not inlined, or a caller could not run without loading the compiler's assemblies.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private CompileResult Compile(string path, FileSnapshot files) => ScriptCompiler.Compile(path, files, debug);
}
