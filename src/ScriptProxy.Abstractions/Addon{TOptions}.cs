namespace ScriptProxy;

/// <summary>
/// An addon with options. They are bound and checked before <see cref="Addon.OnLoadAsync"/>; a value that is wrong keeps this version from going live.
/// A constructor still sees the defaults.
/// </summary>
/// <typeparam name="TOptions">
/// A record whose options are the properties with <see cref="OptionAttribute"/>. A public method <c>IEnumerable&lt;string&gt; Validate()</c> in it is
/// asked what is wrong with their combination.
/// </typeparam>
public abstract class Addon<TOptions> : Addon, IOptionsHolder
    where TOptions : class, new()
{
    private TOptions _options = new();

    /// <summary>What the user set, and defaults for the rest. In a test that makes the addon by hand: what the initializer says.</summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public TOptions Options
    {
        get => _options;
        init => _options = value ?? throw new ArgumentNullException(nameof(value));
    }

    object IOptionsHolder.Options => _options;
}
