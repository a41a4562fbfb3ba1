namespace ScriptProxy.Engine.Flows;

/// <summary>What an encoder is to do with its input; the numbers are ZSTD_EndDirective's.</summary>
internal enum EncodeStep
{
    /// <summary>Take it, and give what is worth giving.</summary>
    Continue = 0,

    /// <summary>Give all that was taken.</summary>
    Flush = 1,

    /// <summary>Give all that was taken, and the end.</summary>
    End = 2,
}
