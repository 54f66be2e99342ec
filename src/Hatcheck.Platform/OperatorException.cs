namespace Hatcheck.Platform;

/// <summary>Something that the operator can put right; its message says how, and is shown instead of a stack.</summary>
internal sealed class OperatorException(string message) : Exception(message);
