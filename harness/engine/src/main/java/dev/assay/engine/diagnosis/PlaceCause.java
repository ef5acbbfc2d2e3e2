package dev.assay.engine.diagnosis;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.LongUnaryOperator;

/// Right values in wrong places.
final class PlaceCause {
    private static final int SAMPLE = 2000;

    private PlaceCause() {}

    static Optional<Diagnosis> of(Held held) {
        if (held.wrongs < 8 || held.count() < 64 || held.count() != held.shape.elements() || held.shape.rank() == 0) {
            return Optional.empty();
        }
        int[] sample = held.someWrong(SAMPLE);
        if (constant(held, sample)) {
            // One value all over comes from no place.
            return Optional.empty();
        }
        double[] wanted = new double[held.count()];
        for (int i = 0; i < held.count(); i++) {
            wanted[(int) held.numbers[i]] = held.want[i];
        }
        return structured(held, sample, wanted).or(() -> anywhere(held, sample, wanted));
    }

    private static boolean constant(Held held, int[] sample) {
        return Arrays.stream(sample).allMatch(i -> held.got[i] == held.got[sample[0]]);
    }

    private static Optional<Diagnosis> structured(Held held, int[] sample, double[] wanted) {
        int rank = held.shape.rank();
        long columns = held.shape.dim(-1);
        long rows = rank > 1 ? held.shape.dim(-2) : 1;
        for (long step = 1; step <= 256; step *= 2) {
            long by = step;
            for (int axis = rank - 1; axis >= Math.max(0, rank - 2); axis--) {
                long size = axis == rank - 1 ? columns : rows;
                long pitch = axis == rank - 1 ? 1 : columns;
                String what = axis == rank - 1 ? "columns" : "rows";
                LongUnaryOperator swapped = n -> {
                    long at = n / pitch % size;
                    return (at ^ by) < size ? n + ((at ^ by) - at) * pitch : n;
                };
                LongUnaryOperator up = n -> n + Math.min(by, size - 1 - n / pitch % size) * pitch;
                LongUnaryOperator down = n -> n - Math.min(by, n / pitch % size) * pitch;
                if (matches(held, sample, wanted, swapped)) {
                    return misplaced("neighbouring tiles of " + by + " " + what + " change places");
                }
                if (matches(held, sample, wanted, up) || matches(held, sample, wanted, down)) {
                    return misplaced(what + " are shifted by " + by);
                }
            }
            if (by == 1) {
                Optional<Diagnosis> turned = cyclic(held, sample, wanted);
                if (turned.isPresent()) {
                    return turned;
                }
            }
            if (by > 1 && rank > 1) {
                LongUnaryOperator transposed = n -> {
                    long r = n / columns % rows;
                    long c = n % columns;
                    long tr = r / by * by + c % by;
                    long tc = c / by * by + r % by;
                    return tr < rows && tc < columns ? n + (tr - r) * columns + tc - c : n;
                };
                if (matches(held, sample, wanted, transposed)) {
                    return misplaced("tiles of " + by + " by " + by + " are stored transposed");
                }
            }
        }
        LongUnaryOperator transposed = n -> {
            long inner = n % (rows * columns);
            return n - inner + inner % rows * columns + inner / rows;
        };
        return matches(held, sample, wanted, transposed)
                ? misplaced("the output is stored transposed")
                : blocks(held, sample, wanted, rows, columns);
    }

    /// The wrong rows or columns, from the first to the last of them, are moved around in a ring.
    private static Optional<Diagnosis> cyclic(Held held, int[] sample, double[] wanted) {
        int rank = held.shape.rank();
        long pitch = 1;
        for (int axis = rank - 1; axis >= Math.max(0, rank - 2); axis--) {
            long size = held.shape.dim(axis);
            long step = pitch;
            long first = size;
            long last = 0;
            for (int i = 0; i < held.count(); i++) {
                if (held.wrong[i]) {
                    long at = held.numbers[i] / step % size;
                    first = Math.min(first, at);
                    last = Math.max(last, at);
                }
            }
            long start = first;
            long ring = last - first + 1;
            for (long by : new long[] {1, ring - 1}) {
                LongUnaryOperator moved = n -> {
                    long at = n / step % size;
                    return n + (start + (at - start + by) % ring - at) * step;
                };
                if (ring > 1 && matches(held, sample, wanted, moved)) {
                    String what = axis == rank - 1 ? "columns " : "rows ";
                    return misplaced(what + first + ".." + last + " are moved around by one");
                }
            }
            pitch *= size;
        }
        return Optional.empty();
    }

    /// Each row consists of blocks (heads), which are stored one block of all rows after the other.
    private static Optional<Diagnosis> blocks(Held held, int[] sample, double[] wanted, long rows, long columns) {
        for (long count = 2; count <= columns / 2; count++) {
            long width = columns / count;
            long blocks = count;
            LongUnaryOperator outside = n -> {
                long inner = n % (rows * columns);
                return n - inner + inner / width % rows * columns + inner / (rows * width) * width + inner % width;
            };
            LongUnaryOperator inside = n -> {
                long inner = n % (rows * columns);
                long block = inner % columns / width;
                return n - inner + block * rows * width + inner / columns * width + inner % width;
            };
            if (columns % blocks == 0
                    && (matches(held, sample, wanted, outside) || matches(held, sample, wanted, inside))) {
                return misplaced("the " + count + " blocks (heads) of rows are stored in another order of dimensions");
            }
        }
        return Optional.empty();
    }

    private static Optional<Diagnosis> misplaced(String sentence) {
        return Optional.of(new Diagnosis(Cause.MISPLACED, sentence));
    }

    private static boolean matches(Held held, int[] sample, double[] wanted, LongUnaryOperator source) {
        int right = 0;
        int missed = 0;
        for (int i : sample) {
            long from = source.applyAsLong(held.numbers[i]);
            boolean other = from != held.numbers[i] && from >= 0 && from < wanted.length;
            boolean holds = other && near(held, i, wanted[(int) from]);
            right += holds ? 1 : 0;
            missed += holds ? 0 : 1;
            if (missed > 0.05 * sample.length) {
                return false;
            }
        }
        return right >= 0.97 * sample.length;
    }

    private static boolean near(Held held, int i, double want) {
        double before = held.deterministic[i] + held.lambda() * held.sigma[i];
        return Math.abs(held.got[i] - want) <= held.ulp(want) / 2 + before;
    }

    /// Whether each wrong value is right at some other place, where this is no coincidence.
    private static Optional<Diagnosis> anywhere(Held held, int[] sample, double[] wanted) {
        double[] sorted = wanted.clone();
        Arrays.sort(sorted);
        int found = 0;
        int chance = 0;
        int far = 0;
        int exact = 0;
        for (int i : sample) {
            double reach = Math.max(0.98 * held.limit(i), held.ulp(held.got[i]) / 4);
            far += Math.abs(held.got[i] - held.want[i]) > 4 * reach ? 1 : 0;
            exact += held.sigma[i] == 0 ? 1 : 0;
            found += any(sorted, held.got[i], reach) ? 1 : 0;
            chance += any(sorted, held.got[i] + 6.5 * reach, reach) ? 1 : 0;
        }
        return sample.length >= 16
                        && 2 * far > sample.length
                        && (2 * exact < sample.length || distinct(sorted))
                        && found >= 0.98 * sample.length
                        && chance < 0.3 * sample.length
                ? misplaced("right values stand in wrong places: "
                        + Places.wrong(held).sentence())
                : Optional.empty();
    }

    private static boolean distinct(double[] sorted) {
        int different = 1;
        for (int i = 1; i < sorted.length; i++) {
            different += sorted[i] != sorted[i - 1] ? 1 : 0;
        }
        return different > 0.8 * sorted.length;
    }

    private static boolean any(double[] sorted, double value, double reach) {
        int at = Arrays.binarySearch(sorted, value - reach);
        int from = at >= 0 ? at : -at - 1;
        return from < sorted.length && sorted[from] <= value + reach;
    }
}
