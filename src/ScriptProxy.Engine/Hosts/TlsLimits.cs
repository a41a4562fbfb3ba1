using System.Net.Security;
using System.Security.Authentication;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Hosts;

/// <summary>Which TLS may be spoken. Immutable.</summary>
/// <param name="Protocols">The versions.</param>
/// <param name="Ciphers">The cipher suites; null for those of the system.</param>
internal sealed record TlsLimits(SslProtocols Protocols, CipherSuitesPolicy? Ciphers)
{
    private const SslProtocols Tls12 = SslProtocols.Tls12;
    private const SslProtocols Tls13 = SslProtocols.Tls13;

    /// <summary>From the oldest. What is obsolete is spoken only to hosts whose options say so.</summary>
#pragma warning disable CA5397, CA5398, SYSLIB0039
    private static readonly (string Name, SslProtocols Protocol)[] Versions =
        [("1.0", SslProtocols.Tls), ("1.1", SslProtocols.Tls11), ("1.2", Tls12), ("1.3", Tls13)];
#pragma warning restore CA5397, CA5398, SYSLIB0039

    /// <summary>TLS 1.2 and 1.3, the suites of the system.</summary>
    public static TlsLimits Default { get; } = new(Tls12 | Tls13, null);

    /// <summary>Reads options.</summary>
    /// <param name="options">Null for the default.</param>
    /// <param name="problems">Gets a line for each value that is wrong.</param>
    public static TlsLimits Of(HostTlsOptions? options, ICollection<string> problems)
    {
        if (options is null) return Default;
        var before = problems.Count;
        var first = VersionOf("min", options.Min, 2, problems);
        var last = VersionOf("max", options.Max, Versions.Length - 1, problems);
        if (first > last)
        {
            // "max: 1.1" alone means what is as old as that.
            if (options.Min is null) first = last;
            else problems.Add($"min {options.Min} is above max {options.Max ?? Versions[last].Name}. Exchange them.");
        }

        var suites = SuitesOf(options.Ciphers, problems);
        if (problems.Count > before) return Default;

        var protocols = SslProtocols.None;
        for (var i = first; i <= last; i++) protocols |= Versions[i].Protocol;
        return suites.Count == 0 ? new TlsLimits(protocols, null) : Limit(protocols, suites, problems);
    }

    private static int VersionOf(string key, string? text, int otherwise, ICollection<string> problems)
    {
        if (text is null) return otherwise;
        var index = Array.FindIndex(Versions, version => version.Name == text);
        if (index < 0) problems.Add($"{key} \"{Printable.Escape(text)}\": expected \"1.2\" or \"1.3\" (or \"1.0\", \"1.1\" where the system's TLS library still speaks them).");
        return index < 0 ? otherwise : index;
    }

    private static List<TlsCipherSuite> SuitesOf(string[] texts, ICollection<string> problems)
    {
        var suites = new List<TlsCipherSuite>();
        foreach (var name in texts.SelectMany(text => text.Split([',', ':', ' '], StringSplitOptions.RemoveEmptyEntries)))
        {
            if (!char.IsAsciiDigit(name[0]) && Enum.TryParse<TlsCipherSuite>(name, out var suite)) suites.Add(suite);
            else problems.Add($"ciphers: \"{Printable.Escape(name)}\" is no cipher suite by its IANA name{(Suggestion.For(name, Enum.GetNames<TlsCipherSuite>()) is { } meant ? $"; did you mean {meant}?" : ", such as TLS_AES_128_GCM_SHA256.")}");
        }

        return suites;
    }

    private static TlsLimits Limit(SslProtocols protocols, List<TlsCipherSuite> suites, ICollection<string> problems)
    {
        // OpenSSL refuses every handshake in which a version has no suite left.
        var isOf13 = suites.ConvertAll(IsOf13);
        protocols = Spoken(protocols, has12: isOf13.Contains(false), has13: isOf13.Contains(true));
        if (protocols == SslProtocols.None)
        {
            problems.Add("none of the ciphers belongs to a version between min and max. Add one that does: TLS_AES_128_GCM_SHA256 for 1.3, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 for 1.2.");
            return Default;
        }

        if (OperatingSystem.IsWindows() || OperatingSystem.IsAndroid())
        {
            problems.Add("ciphers: this system does not let programs choose cipher suites. Remove the key, and set them in the system's policy.");
            return Default;
        }

        var limits = new TlsLimits(protocols, new CipherSuitesPolicy(suites));
        if (TlsProbe.Problem(limits) is { } problem) problems.Add($"ciphers: the system's TLS library speaks none of them ({problem}). Name others.");
        return limits;
    }

    private static SslProtocols Spoken(SslProtocols protocols, bool has12, bool has13)
    {
        var newest = protocols & Tls13;
        return (has12 ? protocols ^ newest : SslProtocols.None) | (has13 ? newest : SslProtocols.None);
    }

    // Those of TLS 1.3 (RFC 8446 §B.4) name no key exchange.
    private static bool IsOf13(TlsCipherSuite suite) => (int)suite >> 8 == 0x13;
}
