namespace Hatcheck.TestKit;

/// <summary>Compares a text with an approved file of the repository; <c>HATCHECK_APPROVE=1</c> writes the file instead.</summary>
public static class Approved
{
    public static void Match(string actual, params string[] path)
    {
        var file = Repository.PathOf(path);
        actual = actual.ReplaceLineEndings("\n");
        if (Environment.GetEnvironmentVariable("HATCHECK_APPROVE") == "1")
            File.WriteAllText(file, actual);
        var approved = File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : "";
        if (approved != actual)
        {
            throw new InvalidOperationException(
                $"{string.Join('/', path)} differs from what the code now writes. If the change is intended, run the test with "
                    + $"HATCHECK_APPROVE=1 and commit the file.\n--- now:\n{actual}"
            );
        }
    }
}
