package dev.assay.results.compare;

import dev.assay.results.RowKey;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;

/// The order of rows in files.
final class Keys {
    static final Comparator<RowKey> ORDER = (a, b) -> Arrays.compareUnsigned(bytes(a), bytes(b));

    private Keys() {}

    private static byte[] bytes(RowKey key) {
        return String.join(
                        "\0", key.suite(), key.caseId(), Long.toString(key.seed()), key.backend(), key.backendOptions())
                .getBytes(StandardCharsets.UTF_8);
    }
}
