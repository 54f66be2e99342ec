using System.Globalization;
using Hatcheck.Platform;

namespace Hatcheck.Cli.Admin;

/// <summary>
/// The right to open the SQLite file: the operating system's lock on <c>hatcheck.lock</c> in the data folder. It ends with
/// the process that holds it, even a killed one, so it is never stale.
/// </summary>
internal sealed class DataLock : IDisposable
{
    private const string FileName = "hatcheck.lock";

    // Other processes can't read the locked file itself.
    private const string HolderName = "hatcheck.pid";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // EWOULDBLOCK of Linux and of macOS, ERROR_SHARING_VIOLATION of Windows: how .NET reports a lock that is held.
    private static readonly int[] Held = [11, 35, unchecked((int)0x80070020)];

    private readonly FileStream file;

    private DataLock(FileStream file) => this.file = file;

    /// <summary>
    /// Takes the lock; null while another process has it. Creates a missing folder, private to its owner.
    /// </summary>
    /// <exception cref="OperatorException">The folder can't be written.</exception>
    public static DataLock? TryTake(string folder)
    {
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder);
            else
                Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
            var options = new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                BufferSize = 0,
            };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = OwnerOnly;
            var taken = new FileStream(Path.Combine(folder, FileName), options);
            File.WriteAllText(Path.Combine(folder, HolderName), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new DataLock(taken);
        }
        catch (IOException fault) when (Held.Contains(fault.HResult))
        {
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new OperatorException(
                $"{Path.Combine(folder, FileName)} can't be opened ({fault.Message}). Give the account that hatcheck runs as the "
                    + $"right to write in {folder}, or set Data:Folder."
            );
        }
    }

    /// <summary>True if a process has the lock; creates nothing.</summary>
    public static bool IsHeld(string folder)
    {
        try
        {
            using var free = new FileStream(Path.Combine(folder, FileName), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (IOException fault) when (Held.Contains(fault.HResult))
        {
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The holder, for a message: <c>process 4711</c>.</summary>
    public static string HolderOf(string folder)
    {
        try
        {
            return int.TryParse(
                File.ReadAllText(Path.Combine(folder, HolderName)),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var process
            )
                ? $"process {process}"
                : "another process";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return "another process";
        }
    }

    public void Dispose() => file.Dispose();
}
