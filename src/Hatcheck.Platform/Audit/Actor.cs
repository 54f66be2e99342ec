namespace Hatcheck.Platform.Audit;

/// <summary>
/// The actor of an audit entry: a random id, an account number, or a code. Can't be created from a name, so that no login
/// name gets into signed, retained entries.
/// </summary>
internal readonly record struct Actor
{
    private const int AddressLength = 32;

    private readonly string? text;

    private Actor(string text) => this.text = text;

    /// <summary>As stored and shown, such as <c>key:6f1c…</c>.</summary>
    /// <exception cref="InvalidOperationException">No actor was set.</exception>
    public string Text => text ?? throw new InvalidOperationException("An act needs an actor.");

    /// <summary>A service, by its API key.</summary>
    public static Actor Key(Guid key) => new($"key:{key:N}");

    /// <summary>A member of the tenant's staff.</summary>
    public static Actor Member(Guid member) => new($"member:{member:N}");

    public static Actor User(Guid user) => new($"user:{user:N}");

    /// <summary>The bearer of a session's token: its user, or a thief.</summary>
    public static Actor Session(Guid session) => new($"session:{session:N}");

    /// <summary>An operator at the command line.</summary>
    /// <param name="account">The operator's POSIX user id; null where there is none (Windows).</param>
    public static Actor Operator(uint? account) => new(account is { } number ? $"operator:{number}" : "operator");

    /// <summary>A job of the installation, by name.</summary>
    public static Actor Job(string name) => new($"job:{AuditCode.Checked(name)}");

    /// <summary>A webhook's endpoint, by its name in the settings.</summary>
    public static Actor Webhook(string endpoint) => new($"webhook:{AuditCode.Checked(endpoint)}");

    /// <summary>The address of an unknown caller.</summary>
    /// <param name="hash">Its keyed hash, 32 lowercase hexadecimal characters; never the address.</param>
    public static Actor Address(string hash) =>
        hash.Length == AddressLength && hash.All(char.IsAsciiHexDigitLower)
            ? new($"address:{hash}")
            : throw new ArgumentException("An address is identified by its keyed hash.", nameof(hash));

    public override string ToString() => text ?? "no one";
}
