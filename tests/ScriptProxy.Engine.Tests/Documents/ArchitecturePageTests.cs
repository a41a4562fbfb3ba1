using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace ScriptProxy.Engine.Tests.Documents;

/// <summary>
/// Holds the rooms of the engine to the map in docs/architecture.md. A room that begins to use another one fails here, until the map says so: in
/// the second column where the other stands further down, in the third, with the type that needs it, where that closes a circle.
/// </summary>
public sealed partial class ArchitecturePageTests
{
    private static readonly string Root = FindRoot();

    private static readonly Dictionary<string, SortedDictionary<string, string>> Uses = ReadSources();

    private static readonly List<Room> Map = ReadMap();

    [Fact]
    public void Map_NamesEveryRoomOnce() => Assert.Equal(Uses.Keys.Order(), Map.Select(room => room.Name).Order());

    [Fact]
    public void Rooms_UseOnlyWhatTheMapAllows()
    {
        var unexpected = from room in Map
                         from use in Uses[room.Name]
                         where !room.Below.Contains(use.Key) && !room.Above.Contains(use.Key)
                         select $"{room.Name} uses {use.Key} (in {use.Value}); docs/architecture.md does not allow it{(Reaches(use.Key, room.Name) ? ", and it closes a circle" : "")}.";

        Assert.Empty(unexpected);
    }

    [Fact]
    public void Map_AllowsNothingThatIsNotUsed()
    {
        var unused = from room in Map from name in room.Below.Concat(room.Above) where !Uses[room.Name].ContainsKey(name) select $"{room.Name} does not use {name}.";

        Assert.Empty(unused);
    }

    [Fact]
    public void Map_StandsInItsOwnOrder()
    {
        var places = Map.Select((room, place) => (room.Name, place)).ToDictionary(pair => pair.Name, pair => pair.place);
        var misplaced = Map.SelectMany(room => room.Below.Where(name => places[name] < places[room.Name]).Concat(room.Above.Where(name => places[name] > places[room.Name])).Select(name => $"{room.Name}: {name}"));

        Assert.Empty(misplaced);
    }

    [Fact]
    public void Recording_KnowsNoOtherRoom() => Assert.Empty(Uses["Recording"]);

    private static bool Reaches(string from, string to)
    {
        var (seen, next) = (new HashSet<string>(StringComparer.Ordinal), new Queue<string>([from]));
        while (next.TryDequeue(out var room))
        {
            if (room == to) return true;
            if (!seen.Add(room)) continue;
            foreach (var used in Uses[room].Keys) next.Enqueue(used);
        }

        return false;
    }

    /// <summary>Which room uses which, and a file in which it does. A needless using directive does not build, so each says the truth.</summary>
    private static Dictionary<string, SortedDictionary<string, string>> ReadSources()
    {
        var engine = Path.Combine(Root, "src", "ScriptProxy.Engine");
        var rooms = Directory.GetDirectories(engine).Select(folder => Path.GetFileName(folder)!).Where(name => name is not ("bin" or "obj"));
        return rooms.ToDictionary(room => room, room => UsesOf(room, Path.Combine(engine, room)), StringComparer.Ordinal);
    }

    private static SortedDictionary<string, string> UsesOf(string room, string folder)
    {
        var uses = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
        {
            foreach (var used in UsingDirective().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value).Where(used => used != room)) uses[used] = Path.GetFileName(file);
        }

        return uses;
    }

    private static List<Room> ReadMap()
    {
        var page = File.ReadAllText(Path.Combine(Root, "docs", "architecture.md"));
        return [.. Row().Matches(page).Select(row => new Room(row.Groups[1].Value, Names(row.Groups[2].Value), Names(row.Groups[3].Value)))];
    }

    private static IReadOnlyList<string> Names(string cell) => [.. RoomName().Matches(Reason().Replace(cell, "")).Select(match => match.Value)];

    private static string FindRoot([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));

    [GeneratedRegex(@"^using (?:static )?(?:\w+ = )?ScriptProxy\.Engine\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex UsingDirective();

    [GeneratedRegex(@"^\| `(\w+)/` \|([^|]*)\|([^|]*)\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\([^)]*\)")]
    private static partial Regex Reason();

    [GeneratedRegex(@"\w+")]
    private static partial Regex RoomName();

    private sealed record Room(string Name, IReadOnlyList<string> Below, IReadOnlyList<string> Above);
}
