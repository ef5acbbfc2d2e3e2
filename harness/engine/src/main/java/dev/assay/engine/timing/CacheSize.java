package dev.assay.engine.timing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/// The size of the last cache before memory.
public final class CacheSize {
    private static final Path CACHES = Path.of("/sys/devices/system/cpu/cpu0/cache");
    /// Where the system does not tell: more than the last-level cache of most processors.
    private static final long UNKNOWN = 64L << 20;

    private CacheSize() {}

    /// Bytes of the largest cache of this machine's first processor.
    public static long lastLevel() {
        return largest(CACHES);
    }

    static long largest(Path folder) {
        if (!Files.isDirectory(folder)) {
            return UNKNOWN;
        }
        try (Stream<Path> caches = Files.list(folder)) {
            return caches.map(cache -> cache.resolve("size"))
                    .filter(Files::isReadable)
                    .mapToLong(CacheSize::bytes)
                    .max()
                    .orElse(UNKNOWN);
        } catch (IOException | UncheckedIOException e) {
            return UNKNOWN;
        }
    }

    /// Such as `32768K`.
    private static long bytes(Path file) {
        try {
            String text = Files.readString(file, StandardCharsets.UTF_8).strip().toUpperCase(Locale.ROOT);
            int shift = text.endsWith("K") ? 10 : text.endsWith("M") ? 20 : text.endsWith("G") ? 30 : 0;
            String digits = text.replaceAll("[KMG]$", "");
            return digits.matches("[0-9]{1,9}") ? Long.parseLong(digits) << shift : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
