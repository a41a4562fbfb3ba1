using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ScriptProxy.Cli.Clients;

/// <summary>Writes variables as somebody's syntax has them, so that they mean the same whatever is in them.</summary>
internal static class VariableFormat
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>For sh, bash, zsh, dash: eval "$(scriptproxy env)".</summary>
    public static string Sh(IEnumerable<ClientVariable> variables) =>
        Lines(variables, variable => $"export {variable.Name}='{variable.Value.Replace("'", @"'\''", StringComparison.Ordinal)}'");

    /// <summary>For fish: scriptproxy env --format fish | source.</summary>
    public static string Fish(IEnumerable<ClientVariable> variables) =>
        Lines(variables, variable => $"set -gx {variable.Name} '{variable.Value.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal)}'");

    /// <summary>For PowerShell, which takes typographic quotes for quotes too.</summary>
    public static string PowerShell(IEnumerable<ClientVariable> variables) =>
        Lines(variables, variable => $"$env:{variable.Name} = '{string.Concat(variable.Value.Select(character => character is '\'' or '\u2018' or '\u2019' or '\u201a' or '\u201b' ? $"{character}{character}" : $"{character}"))}'");

    /// <summary>For the libraries that read .env files, all of which take what is in single quotes as it is; with one inside, in double quotes.</summary>
    public static string Dotenv(IEnumerable<ClientVariable> variables) => Lines(variables, variable => variable.Value.Contains('\'', StringComparison.Ordinal)
        ? $"{variable.Name}=\"{variable.Value.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("$", @"\$", StringComparison.Ordinal)}\""
        : $"{variable.Name}='{variable.Value}'");

    /// <summary>One object, for programs.</summary>
    public static string Object(IEnumerable<ClientVariable> variables) =>
        JsonSerializer.Serialize(variables.ToDictionary(variable => variable.Name, variable => variable.Value), Json) + "\n";

    /// <summary>For docker run --env-file, which takes all behind the first = as it is.</summary>
    public static string Docker(IEnumerable<ClientVariable> variables) => Lines(variables, variable => $"{variable.Name}={variable.Value}");

    /// <summary>For the template of a pod: what a container and its pod need, with the files from a Secret.</summary>
    /// <param name="variables">The variables.</param>
    /// <param name="folder">Where the files are mounted; null when there is nothing to trust.</param>
    public static string Kubernetes(IEnumerable<ClientVariable> variables, string? folder)
    {
        var text = new StringBuilder("env:\n");
        foreach (var (name, value) in variables) text.Append("  - name: ").Append(name).Append("\n    value: ").Append(JsonSerializer.Serialize(value, Json)).Append('\n');
        if (folder is null) return text.ToString();
        return text.Append(
            $"""
            volumeMounts:
              - name: scriptproxy-ca
                mountPath: {JsonSerializer.Serialize(folder, Json)}
                readOnly: true
            volumes:
              - name: scriptproxy-ca
                secret:
                  secretName: scriptproxy-ca

            """).ToString();
    }

    private static string Lines(IEnumerable<ClientVariable> variables, Func<ClientVariable, string> line) => string.Concat(variables.Select(variable => line(variable) + "\n"));
}
