namespace Hatcheck.Platform.Http;

/// <summary>The roles that every tenant has, in the order in which they are shown. The owner holds everything.</summary>
internal enum BuiltInRole
{
    Owner,
    Manager,
    Finance,
    Support,
    CaseWorker,
    Auditor,

    /// <summary>What an API key may do unless it is told otherwise.</summary>
    Service,

    /// <summary>What a person may do, with their own user only.</summary>
    Customer,
}

/// <summary>What a caller may do, as its capability declares it.</summary>
/// <param name="Name">Such as <c>users:read</c>: a plural noun and what is done, in lower case.</param>
/// <param name="Says">A sentence for whoever grants it: what its holder can do.</param>
/// <param name="HeldBy">The built-in roles that hold it beside the owner.</param>
internal sealed record Permission(string Name, string Says, params IReadOnlyList<BuiltInRole> HeldBy);
