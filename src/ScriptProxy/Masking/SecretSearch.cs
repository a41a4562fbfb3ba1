using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ScriptProxy.Cli.Masking;

/// <summary>Looks for secrets in texts: as they are, percent-encoded, escaped as JSON, in Base64, in hexadecimal; and for tokens of known shapes. Immutable.</summary>
internal sealed partial class SecretSearch
{
    // What is shorter stands in too many words to prove anything.
    private const int Shortest = 4;

    private readonly IReadOnlyList<(int Number, string Form, string How)> _forms;

    /// <param name="secrets">One a line; lines of less than four characters are left out.</param>
    public SecretSearch(IReadOnlyList<string> secrets)
    {
        _forms = [.. secrets.SelectMany((secret, index) => secret.Length < Shortest ? [] : Forms(secret).DistinctBy(form => form.Form).Select(form => (index + 1, form.Form, form.How)))];
        TooShort = [.. secrets.Select((secret, index) => (secret, Number: index + 1)).Where(one => one.secret.Length is > 0 and < Shortest).Select(one => one.Number)];
        Count = secrets.Count(secret => secret.Length >= Shortest);
    }

    /// <summary>How many secrets are looked for.</summary>
    public int Count { get; }

    /// <summary>The numbers of the lines that are too short to be looked for.</summary>
    public IReadOnlyList<int> TooShort { get; }

    /// <summary>What a text holds, such as "secret 2 (percent-encoded)" or "a token of the shape 'jwt'"; never the secret itself.</summary>
    public IEnumerable<string> Find(string text)
    {
        foreach (var (number, form, how) in _forms)
        {
            if (text.Contains(form, StringComparison.Ordinal)) yield return $"secret {number}{how}";
        }

        if (Shapes().Match(text) is { Success: true } token) yield return $"a token of the shape '{token.Groups.Values.Skip(1).First(group => group.Success).Name}'";
    }

    private static IEnumerable<(string Form, string How)> Forms(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        yield return (secret, "");
        yield return (Uri.EscapeDataString(secret), " (percent-encoded)");
        yield return (Uri.EscapeDataString(secret).Replace("%20", "+", StringComparison.Ordinal), " (percent-encoded)");
        yield return (JsonEncodedText.Encode(secret).ToString(), " (escaped as JSON)");
        yield return (JsonEncodedText.Encode(secret, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString(), " (escaped as JSON)");
        yield return (Convert.ToHexStringLower(bytes), " (in hexadecimal)");
        yield return (Convert.ToHexString(bytes), " (in hexadecimal)");

        // In the midst of a longer text a secret begins at one of three places of a group of four digits; the outer digits depend on its neighbours.
        for (var before = 0; before < 3; before++)
        {
            var digits = Convert.ToBase64String([.. new byte[before], .. bytes]).TrimEnd('=');
            var first = before == 0 ? 0 : before + 1;
            var last = (before + bytes.Length) * 8 / 6;
            if (last - first < Shortest + 2) continue;
            yield return (digits[first..last], " (in Base64)");
            yield return (digits[first..last].Replace('+', '-').Replace('/', '_'), " (in Base64)");
        }
    }

    [GeneratedRegex(@"(?<aws>\b(?:AKIA|ASIA)[A-Z0-9]{16}\b)|(?<github>\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{22,})|(?<gitlab>\bglpat-[A-Za-z0-9_-]{20,})|(?<google>\bAIza[A-Za-z0-9_-]{35})|(?<jwt>\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})|(?<npm>\bnpm_[A-Za-z0-9]{36})|(?<openai>\bsk-[A-Za-z0-9_-]{20,})|(?<privatekey>-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----)|(?<pypi>\bpypi-[A-Za-z0-9_-]{50,})|(?<slack>\bxox[abposr]-[A-Za-z0-9-]{10,})|(?<stripe>\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,})", RegexOptions.CultureInvariant, 5_000)]
    private static partial Regex Shapes();
}
