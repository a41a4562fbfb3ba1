using YamlDotNet.RepresentationModel;

namespace ScriptProxy.EndToEnd.Tests.Deployments;

/// <summary>
/// What the API server of Kubernetes would say of a manifest, as far as the kinds go that the examples use: fields that do not exist, are missing, or have another type. A type is
/// written "field:type", with ! for one that is required; [] makes a list, {} a map of strings.
/// </summary>
internal static class ManifestSchema
{
    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        ["Namespace"] = "apiVersion!:=v1 kind!:string metadata!:meta",
        ["ServiceAccount"] = "apiVersion!:=v1 kind!:string metadata!:meta automountServiceAccountToken:bool",
        ["ConfigMap"] = "apiVersion!:=v1 kind!:string metadata!:meta data:string{} binaryData:string{} immutable:bool",
        ["Pod"] = "apiVersion!:=v1 kind!:string metadata!:meta spec!:pod",
        ["DaemonSet"] = "apiVersion!:=apps/v1 kind!:string metadata!:meta spec!:daemonSet",
        ["meta"] = "name:string namespace:string labels:string{} annotations:string{}",
        ["daemonSet"] = "selector!:selector template!:template updateStrategy:strategy minReadySeconds:int revisionHistoryLimit:int",
        ["selector"] = "matchLabels:string{}",
        ["strategy"] = "type:string rollingUpdate:rolling",
        ["rolling"] = "maxUnavailable:intOrString maxSurge:intOrString",
        ["template"] = "metadata:meta spec!:pod",
        ["pod"] = "containers!:container[] initContainers:container[] volumes:volume[] serviceAccountName:string automountServiceAccountToken:bool terminationGracePeriodSeconds:int tolerations:toleration[] securityContext:podSecurity nodeSelector:string{} hostNetwork:bool dnsPolicy:string priorityClassName:string",
        ["toleration"] = "key:string operator:string value:string effect:string",
        ["podSecurity"] = "runAsNonRoot:bool runAsUser:int runAsGroup:int fsGroup:int seccompProfile:seccomp",
        ["seccomp"] = "type!:string localhostProfile:string",
        ["container"] = "name!:string image!:string command:string[] args:string[] env:variable[] ports:port[] readinessProbe:probe livenessProbe:probe startupProbe:probe resources:resources securityContext:security volumeMounts:mount[] imagePullPolicy:string workingDir:string",
        ["variable"] = "name!:string value:string valueFrom:source",
        ["source"] = "fieldRef:fieldRef secretKeyRef:keyRef configMapKeyRef:keyRef",
        ["fieldRef"] = "fieldPath!:string apiVersion:string",
        ["keyRef"] = "name!:string key!:string optional:bool",
        ["port"] = "name:string containerPort!:int hostPort:int protocol:string hostIP:string",
        ["probe"] = "httpGet:httpGet exec:exec initialDelaySeconds:int periodSeconds:int timeoutSeconds:int failureThreshold:int successThreshold:int",
        ["httpGet"] = "path:string port!:intOrString scheme:string host:string",
        ["exec"] = "command:string[]",
        ["resources"] = "requests:string{} limits:string{}",
        ["security"] = "allowPrivilegeEscalation:bool readOnlyRootFilesystem:bool runAsNonRoot:bool runAsUser:int capabilities:capabilities privileged:bool",
        ["capabilities"] = "add:string[] drop:string[]",
        ["mount"] = "name!:string mountPath!:string readOnly:bool subPath:string",
        ["volume"] = "name!:string configMap:configMap secret:secret emptyDir:emptyDir",
        ["configMap"] = "name!:string optional:bool defaultMode:int",
        ["secret"] = "secretName!:string optional:bool defaultMode:int",
        ["emptyDir"] = "medium:string sizeLimit:string",
    };

    /// <summary>Everything that is wrong with a manifest; empty when nothing is.</summary>
    public static IReadOnlyList<string> Check(YamlMappingNode manifest)
    {
        var problems = new List<string>();
        var kind = manifest.Children.TryGetValue("kind", out var node) ? ((YamlScalarNode)node).Value! : "";
        if (char.IsUpper(kind.FirstOrDefault()) && Types.ContainsKey(kind)) CheckObject(manifest, kind, kind, problems);
        else problems.Add($"kind {kind}: not known here");
        return problems;
    }

    private static void CheckObject(YamlNode node, string type, string path, List<string> problems)
    {
        if (node is not YamlMappingNode mapping)
        {
            problems.Add($"{path}: expected {type}");
            return;
        }

        var fields = Types[type].Split(' ').Select(field => field.Split(':', 2)).ToDictionary(field => field[0].TrimEnd('!'), field => (IsRequired: field[0].EndsWith('!'), Type: field[1]));
        foreach (var (name, _) in fields.Where(field => field.Value.IsRequired && !mapping.Children.ContainsKey(field.Key))) problems.Add($"{path}.{name}: missing");
        foreach (var (key, value) in mapping.Children)
        {
            var name = ((YamlScalarNode)key).Value!;
            if (fields.TryGetValue(name, out var field)) CheckValue(value, field.Type, $"{path}.{name}", problems);
            else problems.Add($"{path}.{name}: there is no such field");
        }
    }

    private static void CheckValue(YamlNode node, string type, string path, List<string> problems)
    {
        if (type.EndsWith("[]", StringComparison.Ordinal))
        {
            if (node is YamlSequenceNode list) foreach (var (i, item) in list.Children.Index()) CheckValue(item, type[..^2], $"{path}[{i}]", problems);
            else problems.Add($"{path}: expected a list");
        }
        else if (type.EndsWith("{}", StringComparison.Ordinal))
        {
            if (node is YamlMappingNode map) foreach (var (key, value) in map.Children) CheckValue(value, type[..^2], $"{path}.{key}", problems);
            else problems.Add($"{path}: expected a map");
        }
        else if (Types.ContainsKey(type))
        {
            CheckObject(node, type, path, problems);
        }
        else if (node is not YamlScalarNode scalar || !IsScalar(scalar, type))
        {
            problems.Add($"{path}: expected {type}, got {node}");
        }
    }

    private static bool IsScalar(YamlScalarNode scalar, string type)
    {
        // What stands without quotes and reads as something else is none: env values of true or 8080 are refused.
        var isPlain = scalar.Style == YamlDotNet.Core.ScalarStyle.Plain;
        var isInt = isPlain && long.TryParse(scalar.Value, out _);
        var isBool = isPlain && scalar.Value is "true" or "false";
        return type switch
        {
            "int" => isInt,
            "bool" => isBool,
            "intOrString" => !isBool,
            "string" => !isInt && !isBool && !(isPlain && scalar.Value is "" or "null" or "~"),
            _ => type[0] == '=' && scalar.Value == type[1..],
        };
    }
}
