using ScriptProxy.Engine.Hosts;

namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>One rule as options name it, found to be well-formed.</summary>
/// <param name="Reason">How records name it, such as "routes[0]".</param>
/// <param name="Hosts">Which destinations.</param>
/// <param name="Upstream">Which way; null for direct.</param>
internal sealed record RulePlan(string Reason, HostPatterns Hosts, UpstreamPlan? Upstream);
