package dev.assay.results.database;

import dev.assay.HarnessException;
import dev.assay.results.Json;
import dev.assay.results.RunFolder;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The files of a run that its sums name, and the sums themselves.
///
/// @param sums by name of the file
/// @param sha256 over the text of the sums
/// @param leftOut what else lies in the folder
record RunFiles(Map<String, String> sums, String sha256, List<String> leftOut) {
    private static final Pattern LINE = Pattern.compile("([0-9a-f]{64})  (.+)");

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
        String text = Files.readString(file);
        Map<String, String> sums = parsed(text, file.toString());
        for (Map.Entry<String, String> entry : sums.entrySet()) {
            Path summed = run.file(entry.getKey());
            if (!Files.isRegularFile(summed)) {
                throw new HarnessException("'" + entry.getKey() + "' is missing", summed.toString(), restore());
            }
            if (!sha256(summed).equals(entry.getValue())) {
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
            return new RunFiles(sums, Json.sha256(text), leftOut);
        }
    }

    private static String restore() {
        return "restore the folder from the run that wrote it; it is not repaired silently";
    }

    /// @param where of the text
    static Map<String, String> parsed(String text, String where) {
        Map<String, String> sums = new TreeMap<>();
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()
                    || !isName(matcher.group(2))
                    || sums.put(matcher.group(2), matcher.group(1)) != null) {
                throw new HarnessException("the line is not a sum and a name", where + ", line " + number, restore());
            }
        }
        if (!sums.containsKey(RunFolder.MANIFEST) || !sums.containsKey(RunFolder.PLAN)) {
            throw new HarnessException("the sums are not those of a run", where, restore());
        }
        return sums;
    }

    static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    static String sha256(Path file) throws IOException {
        MessageDigest digest = digest();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(digest.digest());
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
