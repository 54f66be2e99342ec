using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Hatcheck.Crypto;

/// <summary>
/// A small private file: created whole or not at all, and refused if another account may read it. Does not check access
/// rights on Windows; there the folder must be protected.
/// </summary>
internal static partial class PrivateFile
{
    private const int MaxLength = 4096;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>
    /// The file's bytes; null if there is none. Checks the file that it opened, not the name, which could change meanwhile.
    /// </summary>
    public static byte[]? Read(string path, bool secret)
    {
        try
        {
            using var file = File.OpenHandle(path);
            if (!OperatingSystem.IsWindows())
                CheckRights(file, path, secret);
            var length = RandomAccess.GetLength(file);
            if (length > MaxLength)
                throw new KeySourceException($"{path} is too long to be what it should be.");
            var content = new byte[length];
            var read = RandomAccess.Read(file, content, 0);
            return read == length ? content : throw new KeySourceException($"{path} changed while it was read.");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeySourceException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>
    /// Creates the file with mode 0600; false if another process was first. After a crash it is whole or absent.
    /// </summary>
    public static bool TryCreate(string path, byte[] content)
    {
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full)!;
        var temporary = $"{full}.{Guid.NewGuid():N}.new";
        try
        {
            Directory.CreateDirectory(folder);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var file = new FileStream(temporary, options))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            var made = Publish(temporary, full);
            if (made && !OperatingSystem.IsWindows())
                FlushFolder(folder);
            return made;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeySourceException($"{path} cannot be created: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
            if (File.Exists(temporary))
                File.Delete(temporary);
        }
    }

    /// <summary>
    /// Renames the finished file, if the name is free. File.Move asks first and then renames, so two processes could
    /// both win.
    /// </summary>
    private static bool Publish(string temporary, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            try
            {
                File.Move(temporary, path, overwrite: false);
                return true;
            }
            catch (IOException) when (File.Exists(path))
            {
                return false;
            }
        }

        if (Link(temporary, path) == 0)
            return true;
        var error = Marshal.GetLastPInvokeErrorMessage();
        return File.Exists(path) ? false : throw new IOException(error);
    }
}
