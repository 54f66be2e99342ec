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

    /// <summary>The default of an API key.</summary>
    Service,

    /// <summary>A user, for their own user only.</summary>
    Customer,
}

/// <summary>A permission, as its capability declares it.</summary>
/// <param name="Name">Such as <c>users:read</c>: a plural noun and a verb, in lower case.</param>
/// <param name="Description">A sentence for the admin who grants it: what its holder can do.</param>
/// <param name="HeldBy">The built-in roles that include it, beside the owner.</param>
internal sealed record Permission(string Name, string Description, params IReadOnlyList<BuiltInRole> HeldBy);
