namespace ScriptProxy.Engine.Addons;

/// <inheritdoc/>
internal sealed class BoundHook<T>(LoadedAddon addon, HookKind kind, Hook<T> body, HookTraits? traits = null) : BoundHook(addon, kind, traits ?? HookTraits.None)
{
    private static readonly Hook<T> Nothing = static _ => default;

    /// <summary>The addon's code; does nothing once the addon was unloaded.</summary>
    public Hook<T> Body { get; private set; } = body;

    /// <summary>Runs <paramref name="next"/> after what is bound already: a script may hold a function and a class for one moment.</summary>
    public void Append(Hook<T> next, HookTraits traits)
    {
        Traits = Traits.And(traits);
        var first = Body;
        Body = argument =>
        {
            var call = first(argument);
            return call.IsCompletedSuccessfully ? next(argument) : ThenAsync(call, next, argument);
        };
    }

    public override void Release() => Body = Nothing;

    private static async ValueTask ThenAsync(ValueTask call, Hook<T> next, T argument)
    {
        await call;
        await next(argument);
    }
}
