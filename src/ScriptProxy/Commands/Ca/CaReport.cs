using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Cli.Commands.Ca;

/// <summary>Says what a command has done to the root certificate, and what is to be done next.</summary>
/// <param name="output">Where to.</param>
internal sealed class CaReport(TextWriter output)
{
    /// <param name="json">Writes a document; null for text.</param>
    /// <param name="folder">The folder after the change.</param>
    /// <param name="chain">The certificates after the change.</param>
    /// <param name="done">The first word: Made, Uses.</param>
    /// <param name="next">What is to be done next, in order.</param>
    public async Task WriteAsync(Func<object, Task>? json, CaFolder folder, CertificateChain chain, string done, IReadOnlyList<string> next)
    {
        var facts = chain.Path.Concat(chain.Others).Select(certificate => CertificateFacts.Of(certificate, CaShowCommand.RoleOf(certificate, chain, folder))).ToList();
        if (json is not null)
        {
            await json(new { path = folder.Files.CertificatePath, certificates = facts, next });
            return;
        }

        await output.WriteLineAsync($"{done} {folder.Files.CertificatePath}");
        foreach (var line in facts[0].Lines()) await output.WriteLineAsync(Printable.Escape(line));
        await output.WriteLineAsync("Next:");
        foreach (var line in next) await output.WriteLineAsync($"  {line}");
    }
}
