namespace ScriptProxy.Scripting.Watching;

/// <summary>One file that a script is made of.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Hash">SHA-256 of the content in hexadecimal; null when the file was missing or unreadable.</param>
/// <param name="Fingerprint">Its metadata, taken before the content was read, so that a later change is never missed.</param>
internal sealed record ScriptFile(string Path, string? Hash, FileFingerprint Fingerprint);
