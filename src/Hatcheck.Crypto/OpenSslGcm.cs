using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Hatcheck.Crypto;

/// <summary>
/// AES-256-GCM by the OpenSSL 3 that .NET itself uses on Linux, through its public EVP interface. Each thread has one
/// context; every call sets its key and nonce, and overwrites both with zeros at the end.
/// </summary>
internal static unsafe partial class OpenSslGcm
{
    private const string Library = "libcrypto.so.3";
    private const int GetTag = 0x10;
    private const int SetTag = 0x11;
    private const int KeyLength = 32;
    private const int NonceLength = 12;
    private static readonly nint Cipher = Find();

    [ThreadStatic]
    private static Context? current;

    /// <summary>False without OpenSSL 3: other systems, or Linux with another version.</summary>
    public static bool IsAvailable => Cipher != 0;

    public static void Encrypt(
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> plain,
        Span<byte> ciphertext,
        Span<byte> tag,
        ReadOnlySpan<byte> aad
    )
    {
        CheckLengths(key, nonce, plain.Length, ciphertext.Length, tag.Length);
        var context = (current ??= new Context()).Pointer;
        fixed (
            byte* k = key,
                n = nonce,
                p = plain,
                c = ciphertext,
                t = tag,
                a = aad
        )
        {
            try
            {
                int written;
                byte none;
                Check(EncryptInit(context, 0, k, n, 0));
                if (aad.Length > 0)
                    Check(EncryptUpdate(context, null, &written, a, aad.Length));
                if (plain.Length > 0)
                    Check(EncryptUpdate(context, c, &written, p, plain.Length));
                Check(EncryptFinal(context, &none, &written));
                Check(Control(context, GetTag, tag.Length, t));
            }
            finally
            {
                ClearKey(context);
            }
        }
    }

    /// <summary>False if the tag does not match; the caller then clears <paramref name="plain"/>.</summary>
    public static bool TryDecrypt(
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> ciphertext,
        ReadOnlySpan<byte> tag,
        Span<byte> plain,
        ReadOnlySpan<byte> aad
    )
    {
        CheckLengths(key, nonce, plain.Length, ciphertext.Length, tag.Length);
        var context = (current ??= new Context()).Pointer;
        fixed (
            byte* k = key,
                n = nonce,
                p = plain,
                c = ciphertext,
                t = tag,
                a = aad
        )
        {
            try
            {
                int written;
                byte none;
                Check(DecryptInit(context, 0, k, n, 0));
                if (aad.Length > 0)
                    Check(DecryptUpdate(context, null, &written, a, aad.Length));
                if (plain.Length > 0)
                    Check(DecryptUpdate(context, p, &written, c, ciphertext.Length));
                Check(Control(context, SetTag, tag.Length, t));
                return DecryptFinal(context, &none, &written) == 1;
            }
            finally
            {
                ClearKey(context);
            }
        }
    }

    private static void ClearKey(nint context)
    {
        var zeros = stackalloc byte[KeyLength];
        new Span<byte>(zeros, KeyLength).Clear();
        Check(EncryptInit(context, 0, zeros, zeros, 0));
    }

    /// <summary>Pointers carry no length: prevents reads and writes beyond a buffer's end.</summary>
    private static void CheckLengths(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, int plain, int ciphertext, int tag)
    {
        if (key.Length != KeyLength || nonce.Length != NonceLength || plain != ciphertext || tag != CellCipher.TagLength)
            throw new CryptographicException("A length is not what AES-256-GCM takes here.");
    }

    private static void Check(int result)
    {
        if (result != 1)
            throw new CryptographicException("OpenSSL refused an operation.");
    }

    private static nint Find()
    {
        if (!OperatingSystem.IsLinux())
            return 0;
        try
        {
            return Fetch(0, "AES-256-GCM", null);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return 0;
        }
    }

    /// <summary>Freed, and cleared by OpenSSL, once its thread has ended.</summary>
    private sealed class Context : SafeHandle
    {
        public Context()
            : base(invalidHandleValue: 0, ownsHandle: true)
        {
            SetHandle(NewContext());
            if (IsInvalid)
                throw new CryptographicException("OpenSSL has no memory for a context.");
            // The cipher stays; calls change key, nonce and direction.
            Check(EncryptInit(handle, Cipher, null, null, 0));
        }

        public override bool IsInvalid => handle == 0;

        /// <summary>Valid while its thread lives, which holds this object.</summary>
        public nint Pointer => handle;

        protected override bool ReleaseHandle()
        {
            FreeContext(handle);
            return true;
        }
    }

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_fetch", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Fetch(nint context, string algorithm, string? properties);

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_new")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint NewContext();

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_free")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void FreeContext(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_EncryptInit_ex2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int EncryptInit(nint context, nint cipher, byte* key, byte* nonce, nint parameters);

    [LibraryImport(Library, EntryPoint = "EVP_EncryptUpdate")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int EncryptUpdate(nint context, byte* output, int* written, byte* input, int length);

    [LibraryImport(Library, EntryPoint = "EVP_EncryptFinal_ex")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int EncryptFinal(nint context, byte* output, int* written);

    [LibraryImport(Library, EntryPoint = "EVP_DecryptInit_ex2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int DecryptInit(nint context, nint cipher, byte* key, byte* nonce, nint parameters);

    [LibraryImport(Library, EntryPoint = "EVP_DecryptUpdate")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int DecryptUpdate(nint context, byte* output, int* written, byte* input, int length);

    [LibraryImport(Library, EntryPoint = "EVP_DecryptFinal_ex")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int DecryptFinal(nint context, byte* output, int* written);

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_ctrl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(nint context, int command, int argument, byte* pointer);
}
