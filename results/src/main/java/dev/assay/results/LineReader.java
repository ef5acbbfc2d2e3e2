package dev.assay.results;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// Lines of a file as bytes, in a buffer that never grows beyond the longest line allowed.
final class LineReader implements Closeable {
    private final InputStream in;
    private final int longest;
    private byte[] buffer = new byte[1 << 16];
    private int from;
    private int to;
    private int next;
    private int filled;
    private long number;
    private boolean isWhole;
    private boolean isTooLong;

    /// @param longest bytes of the longest line that is kept
    LineReader(InputStream in, int longest) {
        this.in = in;
        this.longest = longest;
    }

    /// Goes to the next line; false at the end of the file. Of a line that is too long the rest is skipped.
    boolean advance() throws IOException {
        from = next;
        int at = next;
        isWhole = false;
        isTooLong = false;
        while (true) {
            while (at < filled && buffer[at] != '\n') {
                at++;
            }
            if (at < filled) {
                isWhole = true;
                break;
            }
            if (at - from > longest) {
                isTooLong = true;
                at = from + longest;
                filled = at;
            }
            int before = from;
            boolean more = fill();
            at -= before - from;
            if (!more) {
                break;
            }
        }
        to = at;
        next = isWhole ? at + 1 : at;
        if (!isWhole && to == from && !isTooLong) {
            return false;
        }
        number++;
        return true;
    }

    /// Reads on; what belongs to the line is kept.
    private boolean fill() throws IOException {
        if (from > 0) {
            System.arraycopy(buffer, from, buffer, 0, filled - from);
            filled -= from;
            from = 0;
        }
        if (filled == buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.min(2 * buffer.length, longest + (1 << 16)));
        }
        int read = in.read(buffer, filled, buffer.length - filled);
        if (read <= 0) {
            return false;
        }
        filled += read;
        return true;
    }

    /// The line stands in here, from [#from] to before [#to], until [#advance] is called again.
    byte[] bytes() {
        return buffer;
    }

    int from() {
        return from;
    }

    int to() {
        return to;
    }

    /// Number of the line, from 1.
    long number() {
        return number;
    }

    /// Whether the line ends with a line feed; only the last one may not.
    boolean isWhole() {
        return isWhole;
    }

    boolean isTooLong() {
        return isTooLong;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
