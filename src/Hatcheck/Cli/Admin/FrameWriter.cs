using System.Text;

namespace Hatcheck.Cli.Admin;

/// <summary>A text stream that sends each piece as a frame.</summary>
internal sealed class FrameWriter(Action<string> send) : TextWriter
{
    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => send(value.ToString());

    public override void Write(char[] buffer, int index, int count) => send(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => send(new string(buffer));

    public override void Write(string? value)
    {
        if (!string.IsNullOrEmpty(value))
            send(value);
    }

    public override void WriteLine(string? value) => send($"{value}\n");
}
