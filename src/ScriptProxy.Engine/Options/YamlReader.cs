using System.Globalization;
using ScriptProxy.Engine.Recording;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ScriptProxy.Engine;

/// <summary>
/// YAML -> values with their places. Only what configuration needs: one document of maps, lists and scalars. Anchors, aliases and tags are
/// refused, so that what is read is never larger than what was written.
/// </summary>
internal sealed class YamlReader
{
    private const int DeepestLevel = 32;

    private readonly OptionSource _source;
    private readonly Func<Mark, string, string> _place;
    private readonly Parser _parser;
    private int _level;

    private YamlReader(string text, OptionSource source, Func<Mark, string, string> place)
    {
        _source = source;
        _place = place;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>Reads a file's text.</summary>
    /// <param name="name">The file as messages show it.</param>
    /// <param name="text">All of it.</param>
    /// <exception cref="ConfigurationException">It is not YAML, or not of this kind.</exception>
    public static GivenValue ReadFile(string name, string text)
    {
        var reader = new YamlReader(text, OptionSource.File, (mark, path) => Join($"{name}({Number(mark.Line)},{Number(mark.Column)})", ": ", path));
        try
        {
            return reader.ReadDocument("");
        }
        catch (YamlException exception)
        {
            // What the parser stumbles over is often said of an earlier line.
            if (TabbedLine(text) is { } tabbed) throw new ConfigurationException($"{name}({Number(tabbed)},1): tabs cannot indent YAML. Use spaces.");
            throw new ConfigurationException($"{name}({Number(exception.Start.Line)},{Number(exception.Start.Column)}): not YAML: {OneLine(exception.Message)}");
        }
    }

    /// <summary>Reads a value that was given in one line, such as <c>[{host: a.test}]</c>.</summary>
    /// <exception cref="ConfigurationException">It is not YAML, or not of this kind.</exception>
    public static GivenValue ReadInline(GivenText given)
    {
        var reader = new YamlReader(given.Text ?? "", given.Source, (_, path) => path);
        try
        {
            return reader.ReadDocument(given.Place);
        }
        catch (YamlException exception)
        {
            throw new ConfigurationException($"{given.Place}: not YAML: {OneLine(exception.Message)}");
        }
    }

    private static string Join(string left, string between, string right) => left.Length == 0 || right.Length == 0 ? left + right : left + between + right;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The number of the first line that is indented with a tab; null when none is.</summary>
    private static int? TabbedLine(string text)
    {
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            var content = line.TrimStart();
            if (!content.IsEmpty && line[..^content.Length].Contains('\t')) return number;
        }

        return null;
    }

    private static string OneLine(string message) => Printable.Escape(string.Join(' ', message.Split([' ', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.')) + ".";

    private GivenValue ReadDocument(string path)
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out var end)) return new GivenText(_source, _place(end.Start, path), null);

        _parser.Consume<DocumentStart>();
        var value = Read(path);
        _parser.Consume<DocumentEnd>();
        if (_parser.Accept<DocumentStart>(out var second)) throw Refuse(second, path, "a second document begins here; only one is read. Remove \"---\" and what follows.");
        _parser.Consume<StreamEnd>();
        return value;
    }

    private GivenValue Read(string path)
    {
        if (_parser.Accept<AnchorAlias>(out var alias)) throw Refuse(alias, path, "aliases (*) are not followed. Write the value again, or in quotes if it begins with *.");
        if (!_parser.Accept<NodeEvent>(out var node)) throw Refuse(_parser.Current!, path, "expected a value.");
        if (!node.Anchor.IsEmpty) throw Refuse(node, path, "anchors (&) have no use here. Remove it, or write the value in quotes if it begins with &.");
        if (!node.Tag.IsEmpty && node.Tag.Value != "!") throw Refuse(node, path, $"tags ({node.Tag.Value}) have no use here. Remove it, or write the value in quotes if it begins with !.");
        if (_level == DeepestLevel) throw Refuse(node, path, $"nested deeper than {DeepestLevel} levels.");

        _level++;
        GivenValue value = node switch
        {
            MappingStart => ReadMap(path),
            SequenceStart => ReadList(path),
            _ => ReadText(path),
        };
        _level--;
        return value;
    }

    private GivenText ReadText(string path)
    {
        var scalar = _parser.Consume<Scalar>();
        var isNull = scalar.Style == ScalarStyle.Plain && scalar.Value is "" or "~" or "null" or "Null" or "NULL";
        return new GivenText(_source, _place(scalar.Start, path), isNull ? null : scalar.Value);
    }

    private GivenList ReadList(string path)
    {
        var start = _parser.Consume<SequenceStart>();
        var items = new List<GivenValue>();
        while (!_parser.Accept<SequenceEnd>(out _)) items.Add(Read($"{path}[{Number(items.Count)}]"));
        _parser.Consume<SequenceEnd>();
        return new GivenList(_source, _place(start.Start, path), items);
    }

    private GivenMap ReadMap(string path)
    {
        var start = _parser.Consume<MappingStart>();
        var entries = new List<GivenEntry>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.Accept<Scalar>(out var key)) throw Refuse(_parser.Current!, path, "a key has to be a word.");
            if (!key.Anchor.IsEmpty || !key.Tag.IsEmpty) throw Refuse(key, path, "anchors and tags have no use here. Remove it.");
            _parser.MoveNext();
            var name = Join(path, ".", Printable.Escape(key.Value));
            var place = _place(key.Start, name);
            if (!keys.Add(key.Value)) throw new ConfigurationException($"{place}: given twice. Remove one.");
            entries.Add(new GivenEntry(key.Value, place, Read(name)));
        }

        return new GivenMap(_source, _place(start.Start, path), entries);
    }

    private ConfigurationException Refuse(ParsingEvent at, string path, string problem) => new($"{_place(at.Start, path)}: {problem}");
}
