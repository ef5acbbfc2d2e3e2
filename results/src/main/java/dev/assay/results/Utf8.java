package dev.assay.results;

import dev.assay.HarnessException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Reads text files strictly: a replaced character would be a changed result.
final class Utf8 {
    private Utf8() {}

    /// The order of the bytes of two texts without lone surrogates. [String#compareTo] puts U+FF5E after U+1F600.
    static int compare(String a, String b) {
        int length = Math.min(a.length(), b.length());
        for (int i = 0; i < length; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                boolean beyond = Character.isSurrogate(x);
                return beyond == Character.isSurrogate(y) ? x - y : beyond ? 1 : -1;
            }
        }
        return a.length() - b.length();
    }

    /// The whole file. Throws [HarnessException] with file and line if it is no UTF-8.
    static String read(Path file, String fix) throws IOException {
        return decode(Files.readAllBytes(file), file, 1, fix);
    }

    /// @param line number of the first line in these bytes
    static String decode(byte[] bytes, Path file, long line, String fix) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
        if (result.isError()) {
            long at = line;
            for (int i = 0; i < in.position(); i++) {
                at += bytes[i] == '\n' ? 1 : 0;
            }
            throw new HarnessException("the text is not UTF-8", file + ", line " + at, fix);
        }
        return out.flip().toString();
    }
}
