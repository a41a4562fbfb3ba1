using System.Text;
using System.Text.RegularExpressions;
using ScriptProxy.Engine.Certificates.Truststores;

namespace ScriptProxy.Cli.Commands.Ca;

/// <summary>What clients in a cluster have to trust, as an object to apply. Not the proxy's own secret: the key is not in it.</summary>
internal sealed partial class KubernetesManifest
{
    private readonly string _metadata;

    /// <exception cref="CaException">A name is none that Kubernetes takes.</exception>
    public KubernetesManifest(string name, string? @namespace)
    {
        Check("--name", name);
        if (@namespace is not null) Check("--namespace", @namespace);
        _metadata = $"metadata:\n  name: {name}\n{(@namespace is null ? "" : $"  namespace: {@namespace}\n")}  labels:\n    app.kubernetes.io/name: scriptproxy\n";
    }

    /// <summary>A secret with ca.crt, truststore.p12, truststore.jks and truststore.password.</summary>
    public byte[] Secret(IReadOnlyList<TrustedCertificate> ours, IReadOnlyList<TrustedCertificate> all, string password)
    {
        var text = new StringBuilder("apiVersion: v1\nkind: Secret\n").Append(_metadata).Append("type: Opaque\ndata:\n");
        Append(text, "ca.crt", PemTruststore.Write(ours));
        Append(text, "truststore.p12", Pkcs12Truststore.Write(all, password));
        Append(text, "truststore.jks", JksTruststore.Write(all, password));
        Append(text, "truststore.password", Encoding.UTF8.GetBytes(password));
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>A config map with ca.crt, and ca-bundle.crt when there is more to trust than that.</summary>
    /// <param name="ours">Our root.</param>
    /// <param name="all">With the system's roots; null for none.</param>
    public byte[] ConfigMap(IReadOnlyList<TrustedCertificate> ours, IReadOnlyList<TrustedCertificate>? all)
    {
        var text = new StringBuilder("apiVersion: v1\nkind: ConfigMap\n").Append(_metadata).Append("data:\n");
        AppendText(text, "ca.crt", PemTruststore.Write(ours));
        if (all is not null) AppendText(text, "ca-bundle.crt", PemTruststore.Write(all));
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static void Append(StringBuilder text, string key, byte[] value) => text.Append("  ").Append(key).Append(": ").Append(Convert.ToBase64String(value)).Append('\n');

    private static void AppendText(StringBuilder text, string key, byte[] value)
    {
        text.Append("  ").Append(key).Append(": |\n");
        foreach (var line in Encoding.ASCII.GetString(value).TrimEnd('\n').Split('\n')) text.Append("    ").Append(line).Append('\n');
    }

    private static void Check(string option, string name)
    {
        if (!Name().IsMatch(name)) throw new CaException($"{option} \"{name}\": expected lower-case letters, digits, '-' and '.', at most 253 characters, as Kubernetes names things.", isUsage: true);
    }

    [GeneratedRegex(@"\A(?=.{1,253}\z)[a-z0-9]([-a-z0-9.]*[a-z0-9])?\z")]
    private static partial Regex Name();
}
