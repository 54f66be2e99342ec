using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;

namespace Hatcheck.Platform.Http.Requests;

/// <summary>
/// Lists the faults of all parameters, where the framework could not read one; the framework reports only the first.
/// </summary>
internal static partial class ParameterFaults
{
    private const string Bind = "BindAsync";

    /// <summary>
    /// Parses the framework's message and checks the endpoint's other parameters; null if it is another message.
    /// </summary>
    public static Problem? Of(string message, HttpContext context)
    {
        if (Message().Match(message) is not { Success: true } match)
            return null;
        var faults = new RequestFaults();
        faults.Add(NotOfForm(match.Groups["name"].Value, match.Groups["type"].Value));
        var endpoint = context.Features.Get<IExceptionHandlerFeature>()?.Endpoint ?? context.GetEndpoint();
        foreach (var parameter in endpoint?.Metadata.GetMetadata<MethodInfo>()?.GetParameters() ?? [])
        {
            if (FaultOf(parameter, context) is { } fault)
                faults.Add(fault);
        }

        return faults.ToProblem();
    }

    private static Problem? FaultOf(ParameterInfo parameter, HttpContext context)
    {
        var type = parameter.ParameterType;
        if (!type.IsAssignableTo(typeof(IBoundParameter)))
            return null;
        // They bind synchronously: from headers and the query.
        const BindingFlags Static = BindingFlags.Public | BindingFlags.Static;
        var reading = type.GetMethod(Bind, Static, [typeof(HttpContext)]) is { } alone
            ? alone.Invoke(null, [context])
            : type.GetMethod(Bind, Static, [typeof(HttpContext), typeof(ParameterInfo)])?.Invoke(null, [context, parameter]);
        return (reading?.GetType().GetProperty(nameof(ValueTask<>.Result))?.GetValue(reading) as IBoundParameter)?.Fault;
    }

    /// <summary>The problem of a parameter that doesn't have its type's form.</summary>
    public static Problem NotOfForm(string name, string type) =>
        Problems.Malformed($"`{FieldNames.Of(name)}` is {FormOf(type)}, given once.", FieldNames.Of(name));

    private static string FormOf(string type) =>
        type.TrimEnd('?') switch
        {
            "bool" or "Nullable<bool>" => "true or false",
            "int" or "Nullable<int>" => "a whole number",
            "Guid" or "Nullable<Guid>" => "a UUID",
            _ => "of another form",
        };

    [GeneratedRegex(
        "^Failed to bind parameter \"(?<type>[A-Za-z?<>]{1,40}) (?<name>[A-Za-z]{1,40})\" from ",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Message();
}
