namespace ScriptProxy.Engine.Tunnels;

/// <summary>How one direction of a tunnel ended.</summary>
internal enum LaneEnd
{
    /// <summary>It has not.</summary>
    None,

    /// <summary>The sender said that nothing more comes, and the receiver was told.</summary>
    Ended,

    /// <summary>It could not be read any more.</summary>
    SourceBroke,

    /// <summary>It could not be written any more.</summary>
    TargetBroke,
}
