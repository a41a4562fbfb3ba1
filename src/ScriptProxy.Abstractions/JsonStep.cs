namespace ScriptProxy;

/// <summary>One step from a JSON container to a value in it.</summary>
/// <param name="Name">The property's name; null in an array.</param>
/// <param name="Index">The position in an array, from 0; 0 in an object.</param>
internal readonly record struct JsonStep(string? Name, int Index);
