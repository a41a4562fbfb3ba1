namespace ScriptProxy;

/// <summary>What happens to traffic whose addon threw, or did not finish in time, in a hook that can change it.</summary>
public enum OnFailure
{
    /// <summary>It fails: a flow is answered 502, a connection is closed. Nothing passes that the addon did not see to the end.</summary>
    Fail,

    /// <summary>It goes on as if the addon were not there.</summary>
    Continue,
}
