namespace ScriptProxy.Scripting;

/// <summary>At least one script did not compile, load or pass its OnLoad. Nothing was published.</summary>
public sealed class ScriptLoadException : Exception
{
    /// <summary>Makes the exception of ready-made lines.</summary>
    public ScriptLoadException(IReadOnlyList<string> errors)
        : base(string.Join(Environment.NewLine, errors)) => Errors = errors;

    /// <summary>One line per problem, such as "mask.csx(3,14): error CS0103: …".</summary>
    public IReadOnlyList<string> Errors { get; }
}
