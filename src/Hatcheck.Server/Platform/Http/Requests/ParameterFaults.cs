using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;

namespace Hatcheck.Server.Platform.Http.Requests;

/// <summary>Says what parameters may be, where the framework could not read one: it tells the first alone, this tells them all.</summary>
internal static partial class ParameterFaults
{
    /// <summary>Of the framework's message and the other parameters of the endpoint; null if it says something else.</summary>
    public static Problem? Of(string message, HttpContext context)
    {
        if (Message().Match(message) is not { Success: true } match) return null;
        var faults = new RequestFaults();
        faults.Add(Fault(match.Groups["name"].Value, FormOf(match.Groups["type"].Value)));
        var endpoint = context.Features.Get<IExceptionHandlerFeature>()?.Endpoint ?? context.GetEndpoint();
        foreach (var parameter in endpoint?.Metadata.GetMetadata<MethodInfo>()?.GetParameters() ?? [])
        {
            if (FaultOf(parameter, context) is { } fault) faults.Add(fault);
        }

        return faults.ToProblem();
    }

    private static Problem? FaultOf(ParameterInfo parameter, HttpContext context)
    {
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        if (type.IsAssignableTo(typeof(IBoundParameter))) return Bound(type, context);
        var given = context.Request.Query[parameter.Name!];
        if (given.Count == 0) return null;
        var text = given.ToString();
        if (type == typeof(bool)) return bool.TryParse(text, out _) ? null : Fault(parameter.Name!, FormOf("bool"));
        if (type == typeof(int)) return int.TryParse(text, CultureInfo.InvariantCulture, out _) ? null : Fault(parameter.Name!, FormOf("int"));
        return null;
    }

    // They read themselves without waiting: from headers and the query.
    private static Problem? Bound(Type type, HttpContext context)
    {
        var reads = type.GetMethod("BindAsync", BindingFlags.Public | BindingFlags.Static, [typeof(HttpContext)]);
        var reading = reads?.Invoke(null, [context]);
        return (reading?.GetType().GetProperty(nameof(ValueTask<>.Result))?.GetValue(reading) as IBoundParameter)?.Fault;
    }

    private static Problem Fault(string name, string form) => Problems.Malformed($"`{FieldNames.Of(name)}` is {form}, given once.", FieldNames.Of(name));

    private static string FormOf(string type) => type.TrimEnd('?') switch
    {
        "bool" or "Nullable<bool>" => "true or false",
        "int" or "Nullable<int>" => "a whole number",
        "Guid" or "Nullable<Guid>" => "a UUID",
        _ => "of another form",
    };

    [GeneratedRegex(
        "^Failed to bind parameter \"(?<type>[A-Za-z?<>]{1,40}) (?<name>[A-Za-z]{1,40})\" from ",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Message();
}
