using System.Reflection;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Scripting.Settings;

namespace ScriptProxy.Scripting.Loading;

/// <summary>Compiled script or plugin -> hooks: loads the assembly, runs top-level code, makes Addon classes, binds, fills option records. OnLoad is the caller's. The timeout is for top-level code,
/// the context is where that code goes on after it awaited.</summary>
internal sealed class ScriptLoader(TimeSpan timeout, TimeProvider timeProvider, SynchronizationContext? goesOn = null)
{
    private const BindingFlags AnyVisibility = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>Loads one version of an addon. Logs call it <paramref name="name"/>, unless a class in it says otherwise.</summary>
    /// <param name="script">Its code.</param>
    /// <param name="name">What logs call it.</param>
    /// <param name="settings">What users set for it.</param>
    /// <param name="files">Reads the files that options name; null where they may name none.</param>
    /// <returns>The addon, to be unloaded by whoever gets it; warnings as ready-made lines.</returns>
    /// <exception cref="ScriptLoadException">Top-level code failed, or a hook is not what it should be. Nothing stays loaded.</exception>
    public async Task<(LoadedAddon Addon, IReadOnlyList<string> Warnings)> LoadAsync(AddonCode script, string name, AddonSettings settings, OptionFiles? files = null)
    {
        var context = script.CreateContext();
        var addon = new LoadedAddon(name, script.Path, context) { MayBlock = script.BlockingCall is not null, SourceFiles = script.Sources };
        try
        {
            // In the pool: the time of top-level code is limited even when it blocks.
            var binding = Task.Run(() =>
            {
                SynchronizationContext.SetSynchronizationContext(goesOn);
                return BindAsync(context.LoadAddon(), script, addon, settings, files);
            });
            return (addon, await binding.WaitAsync(timeout, timeProvider));
        }
        catch (TimeoutException)
        {
            addon.Dispose();
            throw new ScriptLoadException([$"{ScriptMessage.Shown(script.Path)}: {PhaseOf(script)} did not finish within {timeout.TotalSeconds:0.###} s"]);
        }
        catch (ScriptLoadException)
        {
            addon.Dispose();
            throw;
        }
        catch (Exception exception)
        {
            // Script code throws anything.
            var failure = AddonException.From(addon, PhaseOf(script), exception is ReflectionTypeLoadException { LoaderExceptions: [{ } first, ..] } ? first : exception);
            addon.Dispose();
            throw new ScriptLoadException([failure.Message]);
        }
    }

    private static string PhaseOf(AddonCode script) => script.SubmissionType is null ? "loading" : "top-level code";

    private static async Task<IReadOnlyList<string>> BindAsync(Assembly assembly, AddonCode script, LoadedAddon addon, AddonSettings settings, OptionFiles? files)
    {
        using var locator = new MethodLocator(script);
        var binder = new HookBinder(addon, script, locator);
        var options = new OptionRecords(script, locator, settings, files);
        object? returned = null;
        if (script.SubmissionType is { } submissionType)
        {
            (var submission, returned) = await RunTopLevelAsync(assembly.GetType(submissionType, throwOnError: true)!);
            binder.BindFunctions(submission);
            options.AddVariables(submission);
        }

        if (returned is Addon given) Bind(given);
        foreach (var type in assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Addon)) && !type.IsAbstract && !type.IsGenericTypeDefinition))
        {
            if (type == returned?.GetType()) continue;
            if (type.GetConstructor(AnyVisibility & ~BindingFlags.Static, []) is { } constructor) Bind((Addon)constructor.Invoke(null));
            else if (returned is not Addon) binder.CannotMake(type);
        }

        binder.CheckThatSomethingIsBound();
        options.CheckThatAllAreHeld(assembly);
        options.Bind(addon);
        if (binder.Errors.Count + options.Errors.Count > 0) throw new ScriptLoadException([.. binder.Errors, .. options.Errors]);
        return [.. binder.Warnings, .. options.Warnings];

        void Bind(Addon instance)
        {
            binder.BindInstance(instance);
            options.Add(instance);
        }
    }

    /// <summary>
    /// The compiler's protocol for submissions: a static factory takes an array, whose second slot the submission's constructor fills with
    /// the object that has functions as methods and variables as fields; the task ends with top-level code and carries what it returned.
    /// </summary>
    internal static async Task<(object Submission, object? Returned)> RunTopLevelAsync(Type submissionType)
    {
        var slots = new object?[2];
        var factory = submissionType.GetMethod("<Factory>", AnyVisibility)!.CreateDelegate<Func<object?[], Task<object?>>>();
        var returned = await factory(slots);
        return (slots[1]!, returned);
    }
}
