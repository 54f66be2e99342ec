using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Hatcheck.Crypto;

/// <summary>System calls that .NET lacks: a hard link, the owner of a file, flushing a folder.</summary>
internal static partial class PrivateFile
{
    private const int StatxLength = 256;
    private const int StatxUidAt = 20;
    private const int EmptyPath = 0x1000;
    private const uint WantUid = 0x8;

    [UnsupportedOSPlatform("windows")]
    private static void CheckRights(SafeFileHandle file, string path, bool secret)
    {
        var mode = File.GetUnixFileMode(file);
        if ((mode & (secret ? Others : OthersWrite)) != UnixFileMode.None)
        {
            throw new KeySourceException(
                secret
                    ? $"{path} can be read by others than its owner (mode {Octal(mode)}). Run: chmod 600 {path}; and if "
                        + "others may have read it, make a new key and rotate."
                    : $"{path} can be changed by others than its owner (mode {Octal(mode)}). Run: chmod 600 {path}"
            );
        }

        if (!IsOurs(file, mode))
            throw new KeySourceException(
                $"{path} belongs to another user. Change its owner to the user that Hatcheck runs as (chown)."
            );
    }

    private static string Octal(UnixFileMode mode) => Convert.ToString((int)mode, toBase: 8).PadLeft(4, '0');

    [UnsupportedOSPlatform("windows")]
    private static bool IsOurs(SafeFileHandle file, UnixFileMode mode)
    {
        if (OperatingSystem.IsLinux())
        {
            // statx is the one form of stat whose layout is the same on every architecture.
            var status = new byte[StatxLength];
            if (Statx(file, "", EmptyPath, WantUid, status) != 0)
                throw new IOException(Marshal.GetLastPInvokeErrorMessage());
            return BitConverter.ToUInt32(status, StatxUidAt) == EffectiveUser();
        }

        try
        {
            // Elsewhere: only the owner (or root) may set a file's mode, so sets the mode that it has.
            File.SetUnixFileMode(file, mode);
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>A new name is on disk only once its folder is.</summary>
    private static void FlushFolder(string folder)
    {
        var handle = Open(folder, 0);
        if (handle < 0)
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        var failed = Flush(handle) != 0;
        var error = Marshal.GetLastPInvokeErrorMessage();
        _ = Close(handle);
        if (failed)
            throw new IOException(error);
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Link(string from, string to);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flush(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int handle);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(SafeFileHandle folder, string path, int flags, uint mask, [Out] byte[] status);
}
