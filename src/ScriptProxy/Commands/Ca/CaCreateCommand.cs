using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ScriptProxy.Engine.Certificates;

namespace ScriptProxy.Cli.Commands.Ca;

/// <summary>Makes a root certificate to one's liking. The proxy makes one by itself at first start; this is for those who want another.</summary>
internal sealed class CaCreateCommand : CaSubcommand
{
    private const int MaxDays = 365 * 50;

    private readonly Option<string> _subject = new("--subject") { HelpName = "NAME", Description = "What it is called: \"CN=Our Proxy, O=Our Company\", or a common name alone. Left out: ScriptProxy Root with digits of its key." };
    private readonly Option<string> _days = new("--days") { HelpName = "DAYS", Description = "How long it is valid. [3653]" };
    private readonly Option<string> _keyType = new("--key-type") { HelpName = "TYPE", Description = "p256, p384, rsa2048, rsa3072 or rsa4096. [p256]" };
    private readonly Option<string[]> _dns = new("--permit-dns") { HelpName = "NAME", Description = "Host name that it may sign for, with all below it; addresses are excluded then. Repeatable." };
    private readonly Option<string[]> _ip = new("--permit-ip") { HelpName = "NETWORK", Description = "Address or network (10.0.0.0/8) that it may sign for. Repeatable." };
    private readonly Option<bool> _force = new("--force") { Description = "Replace the one that is there. Clients then have to trust the new one." };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON document." };

    public CaCreateCommand(TextWriter output, TextWriter error, Func<string, string?> environment)
        : base("create", "Make a root certificate: with a name, a validity, a kind of key, and hosts that it is good for, of your choice.", output, error, environment)
    {
        foreach (var option in new Option[] { _subject, _days, _keyType, _dns, _ip, _force, _json }) Add(option);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "scriptproxy ca create --subject \"CN=Test Proxy, O=Our Company\" --days 365",
        "scriptproxy ca create --permit-dns example.com --permit-ip 10.0.0.0/8 --ca-dir ./ca",
    ];

    protected override async Task<int> RunAsync(CaFolder folder, ParseResult parsed, CancellationToken cancellationToken)
    {
        var profile = new RootProfile
        {
            Subject = parsed.GetValue(_subject) is { } subject ? SubjectOf(subject) : null,
            Lifetime = LifetimeOf(parsed.GetValue(_days)) ?? new RootProfile().Lifetime,
            KeyType = KeyTypeOf(parsed.GetValue(_keyType)) ?? RootKeyType.P256,
            Constraints = ConstraintsOf(parsed.GetValue(_dns) ?? [], parsed.GetValue(_ip) ?? []),
        };
        folder.Replace(parsed.GetValue(_force), () => RootCertificate.Create(folder.Files, profile, TimeProvider.System.GetUtcNow()));
        using var chain = folder.ReadChain();
        await new CaReport(Output).WriteAsync(parsed.GetValue(_json) ? WriteJsonAsync : null, folder, chain, "Made", ["Clients have to trust it: scriptproxy ca install, or scriptproxy ca export", "A proxy that is running uses it within seconds."]);
        return ExitCode.Success;
    }

    internal static X500DistinguishedName SubjectOf(string text)
    {
        try
        {
            if (!text.Contains('=', StringComparison.Ordinal))
            {
                var builder = new X500DistinguishedNameBuilder();
                builder.AddCommonName(text);
                return builder.Build();
            }

            return new X500DistinguishedName(text);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new CaException($"--subject \"{text}\": expected a name such as \"CN=Our Proxy, O=Our Company\".", isUsage: true, exception);
        }
    }

    internal static TimeSpan? LifetimeOf(string? text)
    {
        if (text is null) return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is > 0 and <= MaxDays
            ? TimeSpan.FromDays(days)
            : throw new CaException($"--days \"{text}\": expected a whole number from 1 to {MaxDays}.", isUsage: true);
    }

    internal static RootKeyType? KeyTypeOf(string? text)
    {
        if (text is null) return null;
        return Enum.TryParse<RootKeyType>(text, ignoreCase: true, out var type) && Enum.IsDefined(type) && !char.IsAsciiDigit(text[0])
            ? type
            : throw new CaException($"--key-type \"{text}\": expected p256, p384, rsa2048, rsa3072 or rsa4096.", isUsage: true);
    }

    private static NameConstraints? ConstraintsOf(string[] names, string[] networks)
    {
        if (names.Length + networks.Length == 0) return null;
        return new NameConstraints([.. names.Select(NameOf)], [.. networks.Select(NetworkOf)]);
    }

    private static string NameOf(string text) =>
        HostName.TryParse(text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text, out var host, out _) && host.Address is null
            ? host.Text
            : throw new CaException($"--permit-dns \"{text}\": expected a host name such as example.com, which permits all names below it too.", isUsage: true);

    private static IPNetwork NetworkOf(string text)
    {
        if (IPNetwork.TryParse(text, out var network)) return network;
        if (IPAddress.TryParse(text, out var address)) return new IPNetwork(address, address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128);
        throw new CaException($"--permit-ip \"{text}\": expected an address, or a network such as 10.0.0.0/8.", isUsage: true);
    }
}
