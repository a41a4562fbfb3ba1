namespace ScriptProxy.Engine.Addons;

/// <summary>What the calls of one hook of an addon came to, since the proxy started and over all versions.</summary>
/// <param name="Hook">OnRequest, OnResponse, …</param>
/// <param name="Calls">How often it was called.</param>
/// <param name="Errors">How many calls threw; those that timed out not counted.</param>
/// <param name="Timeouts">How many calls took longer than they may.</param>
/// <param name="Skipped">How many calls were not made because its circuit is open.</param>
/// <param name="Busy">How long calls held their threads; of inline calls, an estimate from samples.</param>
/// <param name="Waited">How long calls spent awaiting.</param>
internal sealed record HookStatistics(string Hook, long Calls, long Errors, long Timeouts, long Skipped, TimeSpan Busy, TimeSpan Waited);
