using System.Reflection;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Scripting.Loading;

namespace ScriptProxy.Scripting.Settings;

/// <summary>
/// Finds the option records of a script and has them filled: those of classes that derive from <see cref="Addon{TOptions}"/>, and top-level
/// variables whose type declares options.
/// </summary>
internal sealed class OptionRecords(AddonCode script, MethodLocator locator, AddonSettings settings, OptionFiles? files)
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private readonly AddonOptionBinder _binder = new(settings, files);
    private readonly HashSet<Type> _held = [];
    private readonly List<string> _errors = [];
    private readonly List<string> _warnings = [];
    private readonly List<Action> _assignments = [];

    /// <summary>Ready-made lines; any of them means that the script must not go live.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>Ready-made lines.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    private string FileName => Path.GetFileNameWithoutExtension(script.Path);

    /// <summary>Adds the variables of top-level code, which are fields of <paramref name="submission"/>.</summary>
    public void AddVariables(object submission)
    {
        foreach (var field in submission.GetType().GetFields(Declared).Where(field => OptionDescriptor.Declaring(field.FieldType).Any()))
        {
            if ((field.GetValue(submission) ?? Make(field)) is not { } record) continue;
            Add(FileName, record);

            // Has an effect where the variable was null, or holds a value instead of an object.
            _assignments.Add(() => field.SetValue(submission, record));
        }
    }

    /// <summary>Adds the record of an object, if its class has one.</summary>
    public void Add(Addon instance)
    {
        if (AddonOptionBinder.RecordOf(instance) is { } record) Add(instance.Name is { Length: > 0 } name ? name : FileName, record);
    }

    /// <summary>Warns of records that declare options in vain.</summary>
    public void CheckThatAllAreHeld(Assembly assembly)
    {
        foreach (var type in assembly.GetTypes().Where(type => !_held.Contains(type)))
        {
            if (OptionDescriptor.Declaring(type).FirstOrDefault() is not { } property || _held.Any(held => Mentions(held, type, []))) continue;
            var remedy = script.SubmissionType is null ? $"Derive the addon from Addon<{type.Name}>" : $"Add a variable: {type.Name} options = new();";
            _warnings.Add(Line(property, "warning", ScriptErrors.UnusedOptions, $"nothing holds the options of '{type.Name}', so nobody can set them. {remedy}"));
        }
    }

    /// <summary>Fills all records and tells the addon of them.</summary>
    public void Bind(LoadedAddon addon)
    {
        if (_errors.Count > 0) return;
        _binder.Add(FileName);
        addon.Options = _binder.Bind(_errors);
        addon.OptionNames = _binder.Names;
        foreach (var assign in _assignments) assign();
    }

    private static bool Mentions(Type holder, Type sought, HashSet<Type> seen)
    {
        if (!seen.Add(holder)) return false;
        var parts = holder.GetProperties().Select(property => property.PropertyType).Concat(holder.GetGenericArguments());
        if (holder.GetElementType() is { } element) parts = parts.Append(element);
        return parts.Any(part => part == sought || ((part.IsGenericType || part.HasElementType || part.Assembly == sought.Assembly) && Mentions(part, sought, seen)));
    }

    private void Add(string name, object record)
    {
        _held.Add(record.GetType());
        var sound = true;
        foreach (var property in OptionDescriptor.Declaring(record.GetType()))
        {
            try
            {
                _ = new OptionDescriptor(property, property.GetCustomAttribute<OptionAttribute>()!, record, name);
            }
            catch (NotSupportedException exception)
            {
                sound = false;
                _errors.Add(Line(property, "error", ScriptErrors.WrongOption, $"'{property.Name}': {exception.Message}"));
            }
        }

        if (sound) _binder.Add(name, record);
    }

    private object? Make(FieldInfo field)
    {
        if (field.FieldType.GetConstructor([]) is { } constructor) return constructor.Invoke(null);
        _errors.Add(ScriptMessage.Error(script.Path, ScriptErrors.WrongOption, $"the variable '{field.Name}' has options but no value. Give it one: {field.FieldType.Name} {field.Name} = new(…);"));
        return null;
    }

    private string Line(PropertyInfo property, string severity, string id, string message) =>
        Engine.Recording.Printable.Escape($"{locator.Find(property.GetMethod ?? property.SetMethod!)}: {severity} {id}: {message}");
}
