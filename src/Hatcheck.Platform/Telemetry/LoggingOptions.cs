using System.ComponentModel.DataAnnotations;

namespace Hatcheck.Platform.Telemetry;

/// <summary>Settings under <c>Logging</c>: what is written to standard error. No setting makes it hold a person's data.</summary>
internal sealed class LoggingOptions
{
    public const string Section = "Logging";

    /// <summary>
    /// <c>json</c> (an object a line, for collectors), <c>text</c> (for people) or <c>auto</c>: text on a terminal, else
    /// json. Default auto.
    /// </summary>
    [RegularExpression("^(json|text|auto)$", ErrorMessage = "Logging:Format is json, text or auto.")]
    public string Format { get; set; } = "auto";

    /// <summary>
    /// The least level of Hatcheck's own messages: Trace, Debug, Information, Warning, Error or Critical. Default
    /// Information.
    /// </summary>
    [EnumDataType(typeof(LogLevel), ErrorMessage = "Logging:Level is Trace, Debug, Information, Warning, Error or Critical.")]
    public LogLevel Level { get; set; } = LogLevel.Information;

    /// <summary>Whether lines are JSON, given whether standard error goes to a pipe or file.</summary>
    public bool IsJson(bool redirected) => Format == "json" || (Format != "text" && redirected);
}
