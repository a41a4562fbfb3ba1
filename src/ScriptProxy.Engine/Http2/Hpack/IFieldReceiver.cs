namespace ScriptProxy.Engine.Http2.Hpack;

/// <summary>Takes the fields of a block as they are decoded.</summary>
internal interface IFieldReceiver
{
    /// <summary>The next field; its bytes are valid during the call. Must not throw: a block is decoded to its end even where it is refused.</summary>
    void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);
}
