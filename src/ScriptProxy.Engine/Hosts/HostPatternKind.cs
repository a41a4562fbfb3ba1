namespace ScriptProxy.Engine.Hosts;

/// <summary>What a <see cref="HostPattern"/> compares a host with.</summary>
internal enum HostPatternKind
{
    /// <summary>"*": every host.</summary>
    Any,

    /// <summary>"example.com": this name alone.</summary>
    Name,

    /// <summary>"*.example.com": every name below, at any depth, but not the name itself.</summary>
    Below,

    /// <summary>".example.com": the name and every name below.</summary>
    Domain,

    /// <summary>"api-*.example.com": a star anywhere else stands for any characters, or none.</summary>
    Glob,

    /// <summary>"10.0.0.0/8", "192.0.2.1", "fd00::/8": addresses.</summary>
    Network,

    /// <summary>"/^api\d+\./": a regular expression.</summary>
    Regex,
}
