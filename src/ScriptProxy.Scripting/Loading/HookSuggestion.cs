using System.Reflection;
using ScriptProxy.Engine.Addons;

namespace ScriptProxy.Scripting.Loading;

/// <summary>Guesses which hook a function was meant to be.</summary>
internal static class HookSuggestion
{
    private const int MostMistakes = 2;

    /// <summary>Every name that a script's function can have, with what it is given; null for OnUnload, which is given nothing.</summary>
    public static readonly IReadOnlyDictionary<string, Type?> Hooks = new Dictionary<string, Type?>(
        HookKind.All.Select(kind => KeyValuePair.Create(kind.Name, (Type?)kind.ArgumentType)))
    {
        ["OnLoad"] = typeof(AddonContext),
        ["OnUnload"] = null,
    };

    /// <summary>
    /// The hooks that a function may have been meant for: the one that <paramref name="name"/> resembles, or, when it begins with "On",
    /// those that are given the same; empty when it is just a function.
    /// </summary>
    public static IReadOnlyList<string> For(string name, MethodInfo method)
    {
        var argument = method.GetParameters() is [var only] ? only.ParameterType : null;
        var startsWithOn = name.StartsWith("On", StringComparison.OrdinalIgnoreCase);
        var sameArgument = Hooks.Where(hook => argument is not null && hook.Value == argument).Select(hook => hook.Key).ToList();
        var resembling = Hooks.Keys
            .Where(hook => startsWithOn || sameArgument.Contains(hook))
            .Select(hook => (Hook: hook, Mistakes: Distance(name.ToUpperInvariant(), hook.ToUpperInvariant())))
            .Where(hook => hook.Mistakes <= MostMistakes)
            .OrderBy(hook => hook.Mistakes)
            .ThenByDescending(hook => sameArgument.Contains(hook.Hook))
            .Select(hook => hook.Hook)
            .FirstOrDefault();
        if (resembling is not null) return [resembling];
        return startsWithOn ? sameArgument : [];
    }

    /// <summary>Optimal string alignment: insertions, deletions, replacements and swaps of neighbours.</summary>
    private static int Distance(string first, string second)
    {
        var distances = new int[first.Length + 1, second.Length + 1];
        for (var i = 0; i <= first.Length; i++) distances[i, 0] = i;
        for (var j = 0; j <= second.Length; j++) distances[0, j] = j;
        for (var i = 1; i <= first.Length; i++)
        {
            for (var j = 1; j <= second.Length; j++)
            {
                var replaced = distances[i - 1, j - 1] + (first[i - 1] == second[j - 1] ? 0 : 1);
                distances[i, j] = Math.Min(Math.Min(distances[i - 1, j] + 1, distances[i, j - 1] + 1), replaced);
                var swapped = i > 1 && j > 1 && first[i - 1] == second[j - 2] && first[i - 2] == second[j - 1];
                if (swapped) distances[i, j] = Math.Min(distances[i, j], distances[i - 2, j - 2] + 1);
            }
        }

        return distances[first.Length, second.Length];
    }
}
