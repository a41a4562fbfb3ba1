namespace ScriptProxy.Engine.Hosts;

/// <summary>Compares a host with a pattern whose stars stand for any characters, in time that grows with their lengths alone.</summary>
internal static class HostGlob
{
    /// <param name="pattern">In lower case.</param>
    /// <param name="host">In any case.</param>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> host)
    {
        var (p, h, star, retry) = (0, 0, -1, 0);
        while (h < host.Length)
        {
            if (p < pattern.Length && pattern[p] == '*') (star, retry) = (p++, h);
            else if (p < pattern.Length && pattern[p] == char.ToLowerInvariant(host[h])) (p, h) = (p + 1, h + 1);
            else if (star < 0) return false;
            else (p, h) = (star + 1, ++retry);
        }

        return pattern[p..].TrimStart('*').IsEmpty;
    }
}
