package dev.assay.results.database;

import dev.assay.HarnessException;
import dev.assay.results.RunFolder;
import dev.assay.results.Sums;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The files of a run that its sums name, and the sums themselves.
///
/// @param sums by name of the file
/// @param sha256 over the text of the sums
/// @param leftOut what else lies in the folder
record RunFiles(Map<String, String> sums, String sha256, List<String> leftOut) {
    /// No name leads out of a folder.
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,99}");

    RunFiles {
        sums = new TreeMap<>(sums);
        leftOut = List.copyOf(leftOut);
    }

    /// Throws [HarnessException] if the run is unfinished, or a file is not what its sum says.
    static RunFiles checked(RunFolder run) throws IOException {
        Path file = run.file(RunFolder.SUMS);
        if (!run.isFinished()) {
            throw new HarnessException(
                    "the run is not finished",
                    file + " is missing",
                    "finish it with `assay run --resume " + run.path() + "`");
        }
        Map<String, String> sums = Sums.read(file).hashes();
        if (!sums.containsKey(RunFolder.MANIFEST) || !sums.containsKey(RunFolder.PLAN)) {
            throw new HarnessException("the sums are not those of a run", file.toString(), restore());
        }
        for (Map.Entry<String, String> entry : sums.entrySet()) {
            Path summed = run.file(entry.getKey());
            if (!Files.isRegularFile(summed)) {
                throw new HarnessException("'" + entry.getKey() + "' is missing", summed.toString(), restore());
            }
            if (!Sums.sha256(summed).equals(entry.getValue())) {
                throw new HarnessException(
                        "'" + entry.getKey() + "' is not what was written when the run ended",
                        summed + ", against " + RunFolder.SUMS,
                        restore());
            }
        }
        try (Stream<Path> all = Files.list(run.path())) {
            List<String> leftOut = all.map(path -> String.valueOf(path.getFileName()))
                    .filter(name -> !sums.containsKey(name) && !name.equals(RunFolder.SUMS))
                    .sorted()
                    .toList();
            return new RunFiles(sums, Sums.sha256(file), leftOut);
        }
    }

    private static String restore() {
        return "restore the folder from the run that wrote it; it is not repaired silently";
    }

    static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /// Name and sum of all files, the sums' own among them.
    Map<String, String> all() {
        Map<String, String> all = new TreeMap<>(sums);
        all.put(RunFolder.SUMS, sha256);
        return all;
    }
}
