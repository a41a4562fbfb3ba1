using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>One server of a <see cref="Cluster"/>, and what is known of it. What changes is guarded by the cluster's lock.</summary>
internal sealed class Endpoint(string host, int port, int weight)
{
    public string Host => host;

    public int Port => port;

    public int Weight => weight;

    /// <summary>"10.0.0.1:8443".</summary>
    public string Name { get; } = Authority.Format(host, port, 0);

    /// <summary>How many requests and tunnels are under way on it.</summary>
    public int Active { get; set; }

    /// <summary>Whether active checks found it well; true where there are none.</summary>
    public bool IsWell { get; set; } = true;

    /// <summary>Whether it was ever checked: the first check is believed at once.</summary>
    public bool WasChecked { get; set; }

    /// <summary>How many checks in a row said the contrary of <see cref="IsWell"/>.</summary>
    public int ContraryChecks { get; set; }

    /// <summary>How many answers in a row were failures.</summary>
    public int Failures { get; set; }

    /// <summary>Until when it is left alone because of its failures, as a timestamp of the cluster's clock; null when it is not.</summary>
    public long? EjectedUntil { get; set; }

    /// <summary>How often it was ejected, less one for each time as long that it behaved.</summary>
    public int Ejections { get; set; }

    /// <summary>Since when it has not been ejected, as a timestamp.</summary>
    public long ReturnedAt { get; set; }

    /// <summary>For weighted round robin: what it has saved up.</summary>
    public int Credit { get; set; }

    /// <summary>Whether requests are sent to it while others are well too.</summary>
    public bool IsAvailable => IsWell && EjectedUntil is null;

    public override string ToString() => Name;
}
