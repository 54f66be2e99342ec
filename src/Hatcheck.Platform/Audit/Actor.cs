namespace Hatcheck.Platform.Audit;

/// <summary>
/// Who did something, as the audit log names them: by a random id, the number of an account, or a code. There is no way from a
/// name to an actor, so that no login name gets into what is signed and kept.
/// </summary>
internal readonly record struct Actor
{
    private const int AddressLength = 32;

    private readonly string? text;

    private Actor(string text) => this.text = text;

    /// <summary>As it is stored and shown, such as <c>key:6f1c…</c>.</summary>
    /// <exception cref="InvalidOperationException">Nobody was named.</exception>
    public string Text => text ?? throw new InvalidOperationException("An act has somebody who did it.");

    /// <summary>A service, by its API key.</summary>
    public static Actor Key(Guid key) => new($"key:{key:N}");

    /// <summary>One of a tenant's staff.</summary>
    public static Actor Member(Guid member) => new($"member:{member:N}");

    public static Actor User(Guid user) => new($"user:{user:N}");

    /// <summary>Whoever brought a token of this session, be it its user or a thief.</summary>
    public static Actor Session(Guid session) => new($"session:{session:N}");

    /// <summary>An operator at the command line.</summary>
    /// <param name="account">The number of their POSIX account; null where there is none (Windows).</param>
    public static Actor Operator(uint? account) => new(account is { } number ? $"operator:{number}" : "operator");

    /// <summary>A job of the installation, by its name.</summary>
    public static Actor Job(string name) => new($"job:{AuditCode.Checked(name)}");

    /// <summary>A webhook's endpoint, by its name in the settings.</summary>
    public static Actor Webhook(string endpoint) => new($"webhook:{AuditCode.Checked(endpoint)}");

    /// <summary>An address that belongs to no one who is known.</summary>
    /// <param name="hash">Its keyed hash, 32 lowercase hexadecimal characters; never the address.</param>
    public static Actor Address(string hash) =>
        hash.Length == AddressLength && hash.All(char.IsAsciiHexDigitLower)
            ? new($"address:{hash}")
            : throw new ArgumentException("An address is named by its keyed hash.", nameof(hash));

    public override string ToString() => text ?? "nobody";
}
