package dev.assay.engine.diagnosis;

import dev.assay.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Where wrong elements are, in words: which box, which residues of a tile, which part of it.
final class Places {
    private static final long[] TILES = {128, 64, 32, 16, 8, 4};

    private final String name;
    private final Shape shape;
    private final List<long[]> hits;
    private long count;

    Places(String name, Shape shape) {
        this.name = name;
        this.shape = shape;
        this.hits = new ArrayList<>();
        for (int axis = 0; axis < shape.rank(); axis++) {
            hits.add(new long[Math.toIntExact(shape.dim(axis))]);
        }
    }

    static Places wrong(Held held) {
        Places places = new Places(held.name, held.shape);
        for (int i = 0; i < held.count(); i++) {
            places.see(held.numbers[i], held.wrong[i]);
        }
        return places;
    }

    void see(long number, boolean wrong) {
        if (!wrong) {
            return;
        }
        count++;
        long[] at = shape.coordinates(number);
        for (int axis = 0; axis < at.length; axis++) {
            hits.get(axis)[(int) at[axis]]++;
        }
    }

    long count() {
        return count;
    }

    /// Whether so few are wrong, and so scattered, that no part of a tile explains them.
    boolean scattered() {
        return count > 0 && count * 30 < shape.elements() && spread();
    }

    /// Whether the last two dimensions are hit in many places each, or as many as there are wrong elements.
    private boolean spread() {
        for (int axis = Math.max(0, shape.rank() - 2); axis < shape.rank(); axis++) {
            long places =
                    java.util.Arrays.stream(hits.get(axis)).filter(n -> n > 0).count();
            if (shape.dim(axis) > 1 && places < Math.min(3, count)) {
                return false;
            }
        }
        return true;
    }

    private static String axisName(int axis, int rank) {
        return axis == rank - 1 ? "columns" : axis == rank - 2 ? "rows" : "dimension " + axis;
    }

    /// Restrictions along single dimensions; empty if the wrong elements are spread over all of them.
    private List<String> pattern() {
        List<String> parts = new ArrayList<>();
        int rank = shape.rank();
        for (int axis = 0; axis < rank; axis++) {
            long[] seen = hits.get(axis);
            int first = 0;
            int last = seen.length - 1;
            while (first < last && seen[first] == 0) {
                first++;
            }
            while (last > first && seen[last] == 0) {
                last--;
            }
            String what = axisName(axis, rank);
            if (seen.length > 1 && last - first + 1 <= Math.max(1, seen.length / 2)) {
                String range = what + " " + (first == last ? Integer.toString(first) : first + ".." + last);
                parts.add(range + tail(seen.length, first, last));
            } else {
                residues(seen, what).or(() -> start(seen, what)).ifPresent(parts::add);
            }
        }
        return parts;
    }

    private static Optional<String> start(long[] seen, String what) {
        int first = 0;
        while (first < seen.length - 1 && seen[first] == 0) {
            first++;
        }
        return first > 0 ? Optional.of(what + " from " + first + " on") : Optional.empty();
    }

    private static String tail(int size, int first, int last) {
        for (long tile : TILES) {
            if (last == size - 1 && size % tile != 0 && first == size / tile * tile) {
                return ", the tail of tiles of " + tile;
            }
        }
        return "";
    }

    /// The modulus that narrows the places down most, and of these the smallest.
    private static Optional<String> residues(long[] seen, String what) {
        Optional<String> best = Optional.empty();
        double smallest = 1;
        for (int tile : new int[] {2, 4, 8, 16, 32, 64, 128}) {
            if (seen.length < 2 * tile) {
                break;
            }
            boolean[] hit = new boolean[tile];
            int distinct = 0;
            for (int i = 0; i < seen.length; i++) {
                if (seen[i] > 0 && !hit[i % tile]) {
                    hit[i % tile] = true;
                    distinct++;
                }
            }
            double share = (double) distinct / tile;
            if (distinct > 0 && share <= 0.5 && share < smallest) {
                smallest = share;
                int first = 0;
                while (!hit[first]) {
                    first++;
                }
                best = Optional.of(
                        what + " that leave " + first + (distinct > 1 ? " and others" : "") + " modulo " + tile);
            }
        }
        return best;
    }

    String sentence() {
        List<String> parts = pattern();
        String where = parts.isEmpty() ? "" : ": " + String.join(", ", parts);
        return count + " elements of " + name + where;
    }
}
