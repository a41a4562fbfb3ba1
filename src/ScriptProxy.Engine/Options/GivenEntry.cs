namespace ScriptProxy.Engine;

/// <summary>A key and its value.</summary>
/// <param name="Key">As it was written.</param>
/// <param name="Place">Where the key stands, for messages.</param>
/// <param name="Value">What stands there for it.</param>
internal sealed record GivenEntry(string Key, string Place, GivenValue Value);
