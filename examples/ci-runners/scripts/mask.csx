// mask.csx - tokens of CI jobs are in no log, wherever in a request they stand
//
//     scriptproxy -s examples/ci-runners/scripts/mask.csx

record Options { [Option("Header fields whose value is never recorded, besides those that always are.")] public IReadOnlyList<string> Headers { get; init; } = ["Private-Token", "Job-Token", "X-Vault-Token"]; }
Options options = new();

// Tokens of GitHub, GitLab, npm and PyPI tell what they are by how they begin.
static readonly Regex Tokens = new(@"\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|npm_[A-Za-z0-9]{20,}|pypi-[\w-]{20,})", RegexOptions.Compiled);

void OnRequest(HttpFlow flow)
{
    foreach (var name in options.Headers) flow.Request.Headers.Redact(name);
    flow.Redact(Tokens);
}
