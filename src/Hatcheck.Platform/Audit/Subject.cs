namespace Hatcheck.Platform.Audit;

/// <summary>The object of an act besides a user, in ids and codes only: <c>member:6f1c… owner support</c>.</summary>
internal sealed class Subject
{
    private readonly string text;

    private Subject(string text) => this.text = text;

    /// <summary>Such as <c>member:6f1c…</c>.</summary>
    public static Subject Of(string kind, Guid id) => new($"{AuditCode.Checked(kind)}:{id:N}");

    /// <summary>Such as <c>role:desk-lead</c>.</summary>
    public static Subject Of(string kind, string code) => new($"{AuditCode.Checked(kind)}:{AuditCode.Checked(code)}");

    /// <summary>Such as <c>failures:20</c>.</summary>
    public static Subject Of(string kind, int number) => new($"{AuditCode.Checked(kind)}:{number}");

    /// <summary>Adds another object.</summary>
    public Subject And(string kind, Guid id) => new($"{text} {Of(kind, id)}");

    /// <summary>Adds codes that describe it further.</summary>
    public Subject And(params IEnumerable<string> codes) => new(string.Join(' ', codes.Select(AuditCode.Checked).Prepend(text)));

    public override string ToString() => text;
}
