using System.Reflection;

namespace ScriptProxy.Engine.Addons;

/// <summary>The hook table: one row per moment that addons can react to. A new hook is a virtual method on <see cref="Addon"/>, a row here and one call.</summary>
internal abstract class HookKind
{
    public static readonly HookKind<ClientConnection> ClientConnected = new(0, "OnClientConnected");
    public static readonly HookKind<ClientConnection> ClientDisconnected = new(1, "OnClientDisconnected", observes: true);
    public static readonly HookKind<ConnectFlow> Connect = new(2, "OnConnect");
    public static readonly HookKind<TlsClientHello> ClientHello = new(3, "OnTlsClientHello");
    public static readonly HookKind<HttpFlow> Request = new(4, "OnRequest");
    public static readonly HookKind<HttpFlow> Response = new(5, "OnResponse");
    public static readonly HookKind<HttpFlow> Error = new(6, "OnError");
    public static readonly HookKind<HttpFlow> Completed = new(7, "OnCompleted", observes: true);

    /// <summary>Every row, at its own <see cref="Index"/>.</summary>
    public static readonly IReadOnlyList<HookKind> All =
        [ClientConnected, ClientDisconnected, Connect, ClientHello, Request, Response, Error, Completed];

    private protected HookKind(int index, string name, bool observes)
    {
        Index = index;
        Name = name;
        Observes = observes;
    }

    public int Index { get; }

    /// <summary>The name of a script's function; the class method has "Async" behind it.</summary>
    public string Name { get; }

    /// <summary>Whether the hook comes too late to change traffic, so that its failure is logged and nothing else.</summary>
    public bool Observes { get; }

    /// <summary>What the hook is given.</summary>
    public abstract Type ArgumentType { get; }

    /// <summary>Adds <paramref name="method"/> of <paramref name="target"/> to the hooks of <paramref name="addon"/>. A static method needs no target.</summary>
    /// <returns>False when the parameters or the return type (void, Task, ValueTask) are not those of the hook.</returns>
    public abstract bool TryBind(LoadedAddon addon, MethodInfo method, object? target);
}
