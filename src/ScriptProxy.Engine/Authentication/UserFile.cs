namespace ScriptProxy.Engine.Authentication;

/// <summary>The users of a file, one "user:hash" a line as in Apache's htpasswd; empty lines and those that begin with # say nothing. Immutable.</summary>
internal sealed class UserFile
{
    public static readonly UserFile Empty = new([]);

    private readonly Dictionary<string, PasswordHash> _users;

    private UserFile(Dictionary<string, PasswordHash> users) => _users = users;

    public int Count => _users.Count;

    /// <summary>Some user's hash; null when there is none.</summary>
    public PasswordHash? Any => _users.Values.FirstOrDefault();

    /// <summary>The hash of a user; null when there is no such user.</summary>
    public PasswordHash? Find(string user) => _users.GetValueOrDefault(user);

    /// <summary>Reads a file's text.</summary>
    /// <param name="path">The file as messages show it.</param>
    /// <param name="text">All of it.</param>
    /// <param name="problem">File, line and remedy; null when nothing is wrong. Quotes neither names nor hashes.</param>
    /// <returns>Null when something is wrong.</returns>
    public static UserFile? Parse(string path, string text, out string? problem)
    {
        var users = new Dictionary<string, PasswordHash>(StringComparer.Ordinal);
        var number = 0;
        foreach (var span in text.AsSpan().EnumerateLines())
        {
            number++;
            var line = span.Trim();
            if (line.IsEmpty || line[0] == '#') continue;
            if (Add(line, users) is not { } wrong) continue;
            problem = $"{path}({number}): {wrong}";
            return null;
        }

        problem = users.Count == 0 ? $"{path}: there is no user in it. Add a line with scriptproxy hash-password USER." : null;
        return problem is null ? new UserFile(users) : null;
    }

    private static string? Add(ReadOnlySpan<char> line, Dictionary<string, PasswordHash> users)
    {
        var colon = line.IndexOf(':');
        if (colon <= 0) return "expected user:hash. Make the line with scriptproxy hash-password USER.";

        // Further fields, as in a .htdigest or /etc/shadow, are none here.
        if (!PasswordHash.TryParse(line[(colon + 1)..].ToString(), out var hash, out var problem)) return problem;
        return users.TryAdd(line[..colon].ToString(), hash) ? null : "this user has a line already. Remove one.";
    }
}
