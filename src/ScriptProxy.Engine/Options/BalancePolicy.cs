namespace ScriptProxy.Engine;

/// <summary>How requests are spread over the endpoints of a cluster.</summary>
public enum BalancePolicy
{
    /// <summary>One after the other, heavier ones more often.</summary>
    RoundRobin,

    /// <summary>The one with the fewest requests under way for its weight.</summary>
    LeastRequests,

    /// <summary>Any, heavier ones more often.</summary>
    Random,
}
