namespace ScriptProxy.Scripting;

/// <summary>What was found in scripts that were loaded to be looked at.</summary>
/// <param name="Errors">Ready-made lines; any of them would keep the proxy from starting.</param>
/// <param name="Warnings">Ready-made lines.</param>
/// <param name="Scripts">Those that have no error, in the order in which their hooks run.</param>
internal sealed record ScriptCheck(IReadOnlyList<string> Errors, IReadOnlyList<string> Warnings, IReadOnlyList<CheckedScript> Scripts);
