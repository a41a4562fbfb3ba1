using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>What connections are kept by: those that go another way, or elsewhere, never mix.</summary>
internal readonly record struct RoutedDestination(Destination Destination, Route Route);
