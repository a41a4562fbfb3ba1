using System.Reflection;

namespace ScriptProxy.Engine.Addons;

/// <summary>What an author declared about a hook by attributes. The method's own counts, then its class's, then its assembly's.</summary>
internal sealed record HookTraits
{
    public static HookTraits None { get; } = new();

    /// <summary>What its failure means; null leaves it to --on-addon-error.</summary>
    public OnFailure? OnFailure { get; init; }

    /// <summary>How long it may take; null leaves it to --hook-timeout.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Whether it takes turns with its addon's other serial hooks.</summary>
    public bool IsSerial { get; init; }

    /// <summary>Higher runs earlier.</summary>
    public int Priority { get; init; }

    /// <param name="method">The hook.</param>
    /// <param name="type">The class it belongs to, which may have inherited it.</param>
    public static HookTraits Of(MethodInfo method, Type type)
    {
        var traits = new HookTraits
        {
            OnFailure = Find<OnFailureAttribute>(method, type)?.Outcome,
            Timeout = Find<HookTimeoutAttribute>(method, type) is { } timeout ? TimeSpan.FromSeconds(timeout.Seconds) : null,
            IsSerial = Find<SerialAttribute>(method, type) is not null,
            Priority = Find<PriorityAttribute>(method, type)?.Value ?? 0,
        };
        return traits == None ? None : traits;
    }

    /// <summary>What holds when two pieces of code share one hook: the stricter of each.</summary>
    public HookTraits And(HookTraits other) => new()
    {
        OnFailure = OnFailure == other.OnFailure ? OnFailure : OnFailure is ScriptProxy.OnFailure.Fail || other.OnFailure is ScriptProxy.OnFailure.Fail ? ScriptProxy.OnFailure.Fail : null,
        Timeout = Timeout is null || other.Timeout < Timeout ? other.Timeout : Timeout,
        IsSerial = IsSerial || other.IsSerial,
        Priority = Math.Max(Priority, other.Priority),
    };

    private static T? Find<T>(MethodInfo method, Type type)
        where T : Attribute =>
        method.GetCustomAttribute<T>(inherit: true) ?? type.GetCustomAttribute<T>(inherit: true) ?? type.Assembly.GetCustomAttribute<T>();
}
