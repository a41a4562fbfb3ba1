using System.Reflection;
using System.Runtime.CompilerServices;
using ScriptProxy.Engine.Addons;

namespace ScriptProxy.Scripting.Loading;

/// <summary>Finds the hooks of a script: functions by name, and what classes that derive from <see cref="Addon"/> override.</summary>
internal sealed class HookBinder(LoadedAddon addon, AddonCode script, MethodLocator locator)
{
    private const BindingFlags Declared =
        BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private readonly List<string> _errors = [];
    private readonly List<(string Place, string Problem)> _notHooks = [];

    /// <summary>Ready-made lines; any of them means that the script must not go live.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>Ready-made lines.</summary>
    public IReadOnlyList<string> Warnings => [.. _notHooks.Select(method => Line(method, "warning"))];

    /// <summary>Binds the top-level functions, which are methods of <paramref name="submission"/>.</summary>
    public void BindFunctions(object submission)
    {
        var bound = new HashSet<string>();
        foreach (var method in submission.GetType().GetMethods(Declared).Where(IsWritten))
        {
            var hook = HookName(method);
            if (!HookSuggestion.Hooks.ContainsKey(hook))
            {
                var meant = HookSuggestion.For(hook, method);
                if (meant.Count > 0) NotAHook(method, $"did you mean {string.Join(" or ", meant.Select(name => $"'{name}'"))}?");
            }
            else if (!bound.Add(hook)) Error(method, ScriptErrors.DuplicateHook, $"'{method.Name}' is a second function for the hook {hook}. Join them into one.");
            else BindFunction(hook, method, submission);
        }
    }

    /// <summary>Binds an object and names the methods in its class that only look like hooks.</summary>
    public void BindInstance(Addon instance)
    {
        foreach (var method in instance.GetType().GetMethods(Declared).Where(IsWritten))
        {
            if (method.GetBaseDefinition() != method) continue; // it overrides something
            var hook = HookName(method);
            var meant = HookSuggestion.Hooks.ContainsKey(hook) ? [hook] : HookSuggestion.For(hook, method);
            if (meant.Count > 0) NotAHook(method, $"in a class, override {string.Join(" or ", meant.Select(name => $"'{name}Async'"))}.");
        }

        addon.Add(instance);
    }

    /// <summary>To be called last.</summary>
    public void CheckThatSomethingIsBound()
    {
        if (_errors.Count > 0 || addon.HasHooks) return;
        if (_notHooks.Count > 0)
        {
            // The hook is there, under a name that is none.
            _errors.AddRange(_notHooks.Select(method => Line(method, "error")));
            return;
        }

        var message = script.SubmissionType is null ? ScriptErrors.NoHooksInFile : ScriptErrors.NoHooksInScript;
        _errors.Add(ScriptMessage.Error(script.Path, ScriptErrors.NoHooks, message));
    }

    /// <summary>Adds the error of a class that has no constructor to be made with.</summary>
    public void CannotMake(Type type)
    {
        var remedy = script.SubmissionType is null ? "." : $", or the script ends with 'return new {type.Name}(…);'.";
        _errors.Add(ScriptMessage.Error(script.Path, ScriptErrors.NoConstructor, $"'{type.Name}' needs a constructor without parameters{remedy}"));
    }

    private void BindFunction(string hook, MethodInfo method, object submission)
    {
        if (method.ReturnType == typeof(void) && method.IsDefined(typeof(AsyncStateMachineAttribute)))
        {
            Error(method, ScriptErrors.AsyncVoid, $"'{method.Name}' is 'async void': its exceptions would end the proxy. Return Task or ValueTask.");
            return;
        }

        if (!TryBind(hook, method, method.IsStatic ? null : submission))
            Error(method, ScriptErrors.WrongSignature, $"'{CSharpName.Of(method)}' does not fit the hook. Expected: {Signature(method.Name, hook)}.");
    }

    private bool TryBind(string hook, MethodInfo method, object? target)
    {
        if (method.IsGenericMethodDefinition) return false;
        var parameters = method.GetParameters();
        switch (hook)
        {
            case "OnLoad" when parameters.Length == 0 && Normalize(method, target) is { } load:
                addon.AddLoad(_ => load());
                return true;
            case "OnLoad" when parameters is [var only] && only.ParameterType == typeof(AddonContext) && NormalizeLoad(method, target) is { } load:
                addon.AddLoad(load);
                return true;
            case "OnUnload" when parameters.Length == 0 && Normalize(method, target) is { } unload:
                addon.AddUnload(unload);
                return true;
            default:
                return HookKind.All.FirstOrDefault(kind => kind.Name == hook) is { } found && found.TryBind(addon, method, target);
        }
    }

    private static Func<ValueTask>? Normalize(MethodInfo method, object? target)
    {
        if (method.ReturnType == typeof(ValueTask)) return method.CreateDelegate<Func<ValueTask>>(target);
        if (method.ReturnType == typeof(Task)) return async () => await method.CreateDelegate<Func<Task>>(target)();
        if (method.ReturnType != typeof(void)) return null;
        return () =>
        {
            method.CreateDelegate<Action>(target)();
            return default;
        };
    }

    private static Func<AddonContext, ValueTask>? NormalizeLoad(MethodInfo method, object? target)
    {
        if (method.ReturnType == typeof(ValueTask)) return method.CreateDelegate<Func<AddonContext, ValueTask>>(target);
        if (method.ReturnType == typeof(Task)) return async context => await method.CreateDelegate<Func<AddonContext, Task>>(target)(context);
        if (method.ReturnType != typeof(void)) return null;
        return context =>
        {
            method.CreateDelegate<Action<AddonContext>>(target)(context);
            return default;
        };
    }

    private static string Signature(string name, string hook)
    {
        var argument = HookSuggestion.Hooks[hook] is { } type ? $"{type.Name} {ParameterName(type)}" : "";
        return $"void|Task|ValueTask {name}({(hook == "OnLoad" ? $"[{argument}]" : argument)})";
    }

    private static string ParameterName(Type type) => type.Name switch
    {
        nameof(HttpFlow) => "flow",
        nameof(ConnectFlow) => "connect",
        nameof(ClientConnection) => "client",
        nameof(TlsClientHello) => "hello",
        nameof(TlsFailure) => "failure",
        nameof(UpstreamConnect) => "connect",
        nameof(TunnelFlow) => "tunnel",
        nameof(TcpData) => "data",
        nameof(WebSocketConnection) => "webSocket",
        nameof(WebSocketMessage) => "message",
        _ => "context",
    };

    private static string HookName(MethodInfo method) =>
        method.Name.EndsWith("Async", StringComparison.Ordinal) ? method.Name[..^"Async".Length] : method.Name;

    private static bool IsWritten(MethodInfo method) => !method.IsSpecialName && !method.Name.Contains('<', StringComparison.Ordinal);

    private void Error(MethodInfo method, string id, string message) => _errors.Add($"{locator.Find(method)}: error {id}: {message}");

    private void NotAHook(MethodInfo method, string remedy) =>
        _notHooks.Add((locator.Find(method), $"'{method.Name}' is not a hook and will never be called; {remedy}"));

    private static string Line((string Place, string Problem) method, string severity) => $"{method.Place}: {severity} {ScriptErrors.NotAHook}: {method.Problem}";
}
