using System.Text.Json.Serialization;

namespace ScriptProxy.Cli.Doctor;

/// <summary>What came of looking at one thing.</summary>
/// <param name="Name">What was looked at, such as "curl".</param>
/// <param name="Status">"ok", "warning", "failed", or "skipped" for what could not be looked at.</param>
/// <param name="Detail">What was seen.</param>
/// <param name="Remedy">What to do about it; null when nothing is to be done.</param>
internal sealed record DoctorCheck(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("detail")] string Detail,
    [property: JsonPropertyName("remedy")] string? Remedy)
{
    public static DoctorCheck Ok(string name, string detail) => new(name, "ok", detail, null);

    public static DoctorCheck Warning(string name, string detail, string remedy) => new(name, "warning", detail, remedy);

    public static DoctorCheck Failed(string name, string detail, string remedy) => new(name, "failed", detail, remedy);

    public static DoctorCheck Skipped(string name, string detail) => new(name, "skipped", detail, null);
}
