namespace Hatcheck.Platform;

/// <summary>A fault that the operator can fix. Its message says how, and is shown instead of a stack trace.</summary>
internal sealed class OperatorException(string message) : Exception(message);
