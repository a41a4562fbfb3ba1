namespace ScriptProxy.Engine;

/// <summary>Where the value of an option comes from. Later ones win.</summary>
internal enum OptionSource
{
    /// <summary>Nobody gave one.</summary>
    Default,

    /// <summary>scriptproxy.yaml.</summary>
    File,

    /// <summary>A variable.</summary>
    Environment,

    /// <summary>A flag, or --set.</summary>
    CommandLine,
}
