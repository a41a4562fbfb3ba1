using PseudonymsPlugin.Text;
using ScriptProxy;

namespace PseudonymsPlugin;

/// <summary>
/// Replaces e-mail addresses in text and JSON responses by pseudonyms, so that a test environment can be fed from production: the same address
/// is the same pseudonym everywhere.
/// </summary>
public sealed class Pseudonyms : Addon<PseudonymsOptions>
{
    private AddonContext? _context;
    private EmailPseudonyms? _emails;

    /// <inheritdoc/>
    public override string Name => "pseudonyms";

    /// <inheritdoc/>
    public override ValueTask OnLoadAsync(AddonContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
        _emails = new EmailPseudonyms(Options.Key);
        return default;
    }

    /// <inheritdoc/>
    public override async ValueTask OnResponseAsync(HttpFlow flow)
    {
        ArgumentNullException.ThrowIfNull(flow);
        if (_emails is null || !IsOurs(flow.Request.Host) || !IsText(flow.Response!.ContentType)) return;

        var text = await flow.Response.ReadTextAsync(flow.Aborted);
        var replaced = _emails.Replace(text, out var count);
        if (count == 0) return;

        flow.Response.SetText(replaced);
        flow.Tags.Add("pseudonymised");
        _context?.Log($"{count} addresses of {flow.Request.Host}");
    }

    private static bool IsText(string? contentType) => contentType is "application/json" || contentType?.StartsWith("text/", StringComparison.Ordinal) == true;

    private bool IsOurs(string host) => Options.Hosts.Length == 0 || Options.Hosts.Contains(host, StringComparer.OrdinalIgnoreCase);
}
