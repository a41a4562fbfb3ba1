namespace ScriptProxy.Cli.Commands.Ca.Trust;

/// <summary>A place where programs look for roots that they trust.</summary>
internal interface ITrustStore
{
    /// <summary>Which one, for people.</summary>
    string Name { get; }

    /// <summary>What is needed to change it, as a sentence with the remedy; null when it can be changed.</summary>
    string? Obstacle { get; }

    /// <summary>Whether it has the root.</summary>
    bool Has(TrustAnchor anchor);

    /// <summary>The commands, or what stands for them, by which the root gets in or out.</summary>
    IReadOnlyList<string> Steps(TrustAnchor anchor, bool remove);

    /// <summary>Takes the root in.</summary>
    /// <exception cref="CaException">It did not work.</exception>
    void Install(TrustAnchor anchor);

    /// <summary>Takes the root out.</summary>
    /// <exception cref="CaException">It did not work.</exception>
    void Remove(TrustAnchor anchor);
}
