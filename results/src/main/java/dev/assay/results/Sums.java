package dev.assay.results;

import dev.assay.HarnessException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `SHA256SUMS`: one line per file, as `sha256sum` writes and checks it.
///
/// @param hashes SHA-256 in hex by file name
public record Sums(Map<String, String> hashes) {
    private static final String FIX = "restore the file from the run that wrote it";

    /// A name is a name, never a path.
    private static final Pattern LINE = Pattern.compile("([0-9a-f]{64})  ([A-Za-z0-9_][A-Za-z0-9_.-]*)");

    public Sums {
        hashes = Collections.unmodifiableMap(new TreeMap<>(hashes));
    }

    /// Hashes files of a folder.
    public static Sums of(Path folder, Collection<String> names) throws IOException {
        Map<String, String> hashes = new TreeMap<>();
        for (String name : names) {
            hashes.put(name, sha256(folder.resolve(name)));
        }
        return new Sums(hashes);
    }

    /// Throws [HarnessException] with file and line for anything that [#format] would not have written.
    public static Sums read(Path file) throws IOException {
        Map<String, String> hashes = new TreeMap<>();
        String text = Utf8.read(file, FIX);
        String last = "";
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            if (line.isEmpty() && text.endsWith("\n") && number == text.lines().count() + 1) {
                break;
            }
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                throw new HarnessException(
                        "the line is not '<64 hex digits>  <name of a file>'", file + ", line " + number, FIX);
            }
            if (matcher.group(2).compareTo(last) <= 0) {
                throw new HarnessException(
                        "'" + matcher.group(2) + "' stands after '" + last + "': out of order or twice",
                        file + ", line " + number,
                        FIX);
            }
            last = matcher.group(2);
            hashes.put(last, matcher.group(1));
        }
        if (!text.endsWith("\n")) {
            throw new HarnessException(
                    "the last line has no end: the file was cut off", file + ", line " + Math.max(1, number), FIX);
        }
        return new Sums(hashes);
    }

    public String format() {
        StringBuilder text = new StringBuilder();
        hashes.forEach(
                (name, hash) -> text.append(hash).append("  ").append(name).append('\n'));
        return text.toString();
    }

    /// SHA-256 of a file of any size, in hex.
    public static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file);
                DigestInputStream digesting = new DigestInputStream(in, MessageDigest.getInstance("SHA-256"))) {
            digesting.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digesting.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
