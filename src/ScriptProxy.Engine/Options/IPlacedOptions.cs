namespace ScriptProxy.Engine;

/// <summary>A record that remembers where it was written, so that what is wrong with several together can be said of a place.</summary>
internal interface IPlacedOptions
{
    /// <summary>Such as "scriptproxy.yaml(3,5): listeners[0]"; null when it was made by a program.</summary>
    string? Place { get; set; }
}
