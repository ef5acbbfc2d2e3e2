package dev.assay.operator;

import dev.assay.tensor.Philox;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Chooses lines of a dimension so that what depends on the position within a tile, or on the size of an index, shows
/// on
/// one of them.
///
/// With every residue modulo 256 among the lines, a fault that hits a fixed place of tiles of 2, 4, ... 256 lines is
/// met
/// with certainty, while as many lines at random would miss one of 256 places with probability 1/e.
public final class Strata {
    private static final int LARGEST_TILE = 256;
    private static final int SMALLEST_TILE = 16;
    private static final long WRAP = 1L << 31;

    private Strata() {}

    /// Sorted numbers of `count` lines, or of all if there are no more.
    ///
    /// @param size lines that there are
    /// @param wanted lines to take first, as far as they exist
    /// @param key decides what chance decides
    public static long[] choose(long size, long count, List<Long> wanted, long key) {
        if (size <= count) {
            long[] all = new long[Math.toIntExact(size)];
            java.util.Arrays.setAll(all, i -> i);
            return all;
        }
        Set<Long> chosen = new LinkedHashSet<>();
        List<Long> first = new ArrayList<>(List.of(0L, size - 1));
        first.addAll(wanted);
        for (int tile = LARGEST_TILE; tile >= SMALLEST_TILE; tile /= 2) {
            long edge = (size - 1) / tile * tile;
            first.addAll(List.of(edge, edge - 1, tile - 1L, (long) tile));
        }
        for (long line : first) {
            if (line >= 0 && line < size && chosen.size() < count) {
                chosen.add(line);
            }
        }
        Philox random = new Philox(key);
        long period = Math.min(LARGEST_TILE, Long.highestOneBit(Math.max(1, count - chosen.size())));
        for (long residue = 0; residue < period && residue < size && chosen.size() < count; residue++) {
            long tiles = (size - 1 - residue) / period + 1;
            chosen.add(residue + period * (long) (random.uniform(residue, 0) * tiles));
        }
        long rest = count - chosen.size();
        for (long i = 0; i < rest; i++) {
            long from = i * size / rest;
            long to = (i + 1) * size / rest;
            chosen.add(from + (long) (random.uniform(i, 1) * (to - from)));
        }
        return chosen.stream().mapToLong(Long::longValue).sorted().toArray();
    }

    /// Lines on both sides of where an index into a tensor passes 2^31 or 2^32, counted in elements or in bytes:
    /// there kernels that count in 32 bits go wrong.
    ///
    /// @param pitch elements from one line to the next
    /// @param offset elements before the first line
    /// @param bytes bytes of an element
    public static List<Long> wraps(long pitch, long offset, int bytes) {
        List<Long> lines = new ArrayList<>();
        for (long at : new long[] {WRAP, 2 * WRAP, WRAP / bytes, 2 * WRAP / bytes}) {
            long line = (at - offset) / Math.max(1, pitch);
            if (at >= offset) {
                lines.addAll(List.of(line - 1, line, line + 1));
            }
        }
        return lines;
    }
}
