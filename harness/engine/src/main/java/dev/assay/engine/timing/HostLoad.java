package dev.assay.engine.timing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// What the machine's processors have done since it was started, in ticks of all of them together.
///
/// @param all of any kind
/// @param stolen while a virtual processor had work and the host ran somebody else's
public record HostLoad(long all, long stolen) {
    private static final Path STAT = Path.of("/proc/stat");
    /// Position of `steal` in the line `cpu` (proc_stat(5)); what follows it is counted in `user` and `nice` already.
    private static final int STEAL = 7;

    /// A single tick in a short round says nothing.
    private static final long FEWEST_STOLEN = 2;

    /// Share of stolen time from which a round is not believed.
    public static final double MOST_STOLEN_PCT = 2;

    /// Now; empty where the system does not tell.
    public static Optional<HostLoad> now() {
        if (!Files.isReadable(STAT)) {
            return Optional.empty();
        }
        try {
            return of(Files.readString(STAT, StandardCharsets.UTF_8));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /// From the text of `/proc/stat`.
    static Optional<HostLoad> of(String stat) {
        String[] fields = stat.lines()
                .filter(line -> line.startsWith("cpu "))
                .findFirst()
                .map(line -> line.substring("cpu ".length()).strip().split(" +", -1))
                .orElseGet(() -> new String[0]);
        if (fields.length <= STEAL) {
            return Optional.empty();
        }
        long all = 0;
        try {
            for (int i = 0; i <= STEAL; i++) {
                all += Long.parseLong(fields[i]);
            }
            return Optional.of(new HostLoad(all, Long.parseLong(fields[STEAL])));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /// Per cent of the time since then that was stolen.
    public double stolenPctSince(HostLoad before) {
        long ticks = all - before.all;
        long lost = stolen - before.stolen;
        return ticks <= 0 || lost < FEWEST_STOLEN ? 0 : 100.0 * lost / ticks;
    }
}
