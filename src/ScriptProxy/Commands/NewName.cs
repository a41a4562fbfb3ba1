using System.Text.RegularExpressions;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Cli.Commands;

/// <summary>The name of something new, as file, type and options call it.</summary>
internal sealed partial class NewName
{
    private const int Longest = 60;

    // Windows keeps these for devices, whatever extension follows.
    private static readonly HashSet<string> Devices = new(["con", "prn", "aux", "nul", "com", "lpt"], StringComparer.OrdinalIgnoreCase);

    // Namespaces that every addon sees: a class called Task would hide the one that is meant.
    private static readonly string[] Namespaces = ["System", "System.IO", "System.Threading", "System.Threading.Tasks", "System.Collections.Generic", "System.Text"];

    private NewName(string name)
    {
        File = name;
        Key = AddonSettings.NameOf(name);
        var pascal = string.Concat(name.Split(['-', '_']).Where(word => word.Length > 0).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
        Type = IsTaken(pascal) ? pascal + "Addon" : pascal;
    }

    /// <summary>The file's or folder's name, without extension.</summary>
    public string File { get; }

    /// <summary>The class: in Pascal case.</summary>
    public string Type { get; }

    /// <summary>What options call it.</summary>
    public string Key { get; }

    /// <summary>Reads a name.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="problem">What is wrong with it; null when nothing is.</param>
    public static NewName? Parse(string text, out string? problem)
    {
        problem = null;
        var shown = Printable.Escape(text);
        if (text.Length <= Longest && Form().IsMatch(text) && !Devices.Contains(text.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9'))) return new NewName(text);

        var remedy = Path.GetExtension(text) is { Length: > 1 } extension && Form().IsMatch(text[..^extension.Length]) ? $" Write it without {Printable.Escape(extension)}." : "";
        problem = $"NAME \"{shown}\": expected a letter, then letters, digits, - and _, {Longest} at most, and no name of a device.{remedy}";
        return null;
    }

    private static bool IsTaken(string type) =>
        typeof(Addon).Assembly.GetExportedTypes().Any(known => known.Name.Split('`')[0] == type)
        || Namespaces.Contains(type) || type is "Microsoft" or "ScriptProxy" or "Xunit"
        || Namespaces.Any(space => typeof(object).Assembly.GetType($"{space}.{type}") is { IsPublic: true });

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9_-]*\z")]
    private static partial Regex Form();
}
