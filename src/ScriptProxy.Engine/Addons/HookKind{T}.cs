using System.Reflection;

namespace ScriptProxy.Engine.Addons;

/// <summary>A row of the hook table whose hook is given a <typeparamref name="T"/>.</summary>
internal sealed class HookKind<T>(int index, string name, bool observes = false) : HookKind(index, name, observes)
{
    public override Type ArgumentType => typeof(T);

    public override bool TryBind(LoadedAddon addon, MethodInfo method, object? target)
    {
        if (method.GetParameters() is not [var only] || only.ParameterType != typeof(T)) return false;
        if (Normalize(method, method.IsStatic ? null : target) is not { } hook) return false;
        addon.Add(this, hook, HookTraits.Of(method, target?.GetType() ?? method.DeclaringType!));
        return true;
    }

    private static Hook<T>? Normalize(MethodInfo method, object? target)
    {
        if (method.ReturnType == typeof(ValueTask)) return method.CreateDelegate<Hook<T>>(target);
        if (method.ReturnType == typeof(Task))
        {
            var returnsTask = method.CreateDelegate<Func<T, Task>>(target);
            return argument => new ValueTask(returnsTask(argument));
        }

        if (method.ReturnType != typeof(void)) return null;
        var returnsNothing = method.CreateDelegate<Action<T>>(target);
        return argument =>
        {
            returnsNothing(argument);
            return default;
        };
    }
}
